// The block types that products take, in one list. Compiled once a target, see simd-inl.h.
#if defined(FUNDI_BACKENDS_CPU_QUANT_TYPES_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef FUNDI_BACKENDS_CPU_QUANT_TYPES_INL_H_
#undef FUNDI_BACKENDS_CPU_QUANT_TYPES_INL_H_
#else
#define FUNDI_BACKENDS_CPU_QUANT_TYPES_INL_H_
#endif

#include "backends/cpu/quant/q4_0-inl.h"
#include "backends/cpu/quant/q4_1-inl.h"
#include "backends/cpu/quant/q4_k-inl.h"
#include "backends/cpu/quant/q5_0-inl.h"
#include "backends/cpu/quant/q5_1-inl.h"
#include "backends/cpu/quant/q5_k-inl.h"
#include "backends/cpu/quant/q6_k-inl.h"
#include "backends/cpu/quant/q8_0-inl.h"
#include "base/error.h"

HWY_BEFORE_NAMESPACE();
namespace fundi::cpu {
namespace HWY_NAMESPACE {

// fn(T()) with the block type of a dtype.
template <class Fn>
HWY_INLINE auto with_block_type(DType dtype, const Fn& fn) {
  switch (dtype) {
    case DType::kQ4_0:
      return fn(Q4_0());
    case DType::kQ4_1:
      return fn(Q4_1());
    case DType::kQ5_0:
      return fn(Q5_0());
    case DType::kQ5_1:
      return fn(Q5_1());
    case DType::kQ8_0:
      return fn(Q8_0());
    case DType::kQ4_K:
      return fn(Q4_K());
    case DType::kQ5_K:
      return fn(Q5_K());
    case DType::kQ6_K:
      return fn(Q6_K());
    default:
      fail(ErrorCode::kUnsupported, "matmul: {} is not computed on the CPU", name(dtype));
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace fundi::cpu
HWY_AFTER_NAMESPACE();

#endif
