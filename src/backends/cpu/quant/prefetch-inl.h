// Compiled once a target, see simd-inl.h.
#if defined(FUNDI_BACKENDS_CPU_QUANT_PREFETCH_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef FUNDI_BACKENDS_CPU_QUANT_PREFETCH_INL_H_
#undef FUNDI_BACKENDS_CPU_QUANT_PREFETCH_INL_H_
#else
#define FUNDI_BACKENDS_CPU_QUANT_PREFETCH_INL_H_
#endif

#include "backends/cpu/quant/block-inl.h"

HWY_BEFORE_NAMESPACE();
namespace fundi::cpu {
namespace HWY_NAMESPACE {

// Asks for the chunk that is kAhead chunks further on, into the second-level cache: the first is
// too small for what is under way. Scales are read before the rest of their chunks, a line here and
// there, which no prefetcher of a processor follows: superblocks of Q6_K came from memory at a
// third of the speed.
template <class T>
HWY_INLINE void fetch_ahead(const typename T::Block* chunk) {
  constexpr int64_t kAhead = 128;
  constexpr int kLine = 64, kBytes = blocks_of_chunk<T>() * sizeof(typename T::Block);
  const auto* ahead = reinterpret_cast<const uint8_t*>(chunk) + kAhead * kBytes;
  for (int at = 0; at < kBytes; at += kLine) __builtin_prefetch(ahead + at, 0, 2);
}

}  // namespace HWY_NAMESPACE
}  // namespace fundi::cpu
HWY_AFTER_NAMESPACE();

#endif
