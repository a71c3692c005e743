#include "curate/dedup/minhash.h"

#include <algorithm>
#include <cmath>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "curate/dedup/minhash.cc"
#include <hwy/foreach_target.h>  // must come before the rest

#include <hwy/highway.h>

#include "base/error.h"
#include "base/hash.h"
#include "base/random.h"
#include "curate/dedup/record_sort.h"

HWY_BEFORE_NAMESPACE();
namespace fundi::curate::dedup {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

// The lanes are hash functions: each shingle is spread over all lanes, and nothing is left to be
// combined at the end. Two vectors of functions at a time share the spreading.
void all_minima(std::span<const uint64_t> shingles, const uint32_t* factors, size_t padded,
                size_t functions, uint32_t* minima) {
  const hn::ScalableTag<uint32_t> d;
  using V = hn::Vec<decltype(d)>;
  const size_t lanes = hn::Lanes(d);
  const auto hash = [](V low, V high, V s, V a, V b) HWY_ATTR {
    const V t = hn::Mul(hn::Xor(low, s), a);
    return hn::Mul(hn::Xor(hn::Xor(t, hn::ShiftRight<16>(t)), high), b);
  };
  for (size_t at = 0; at < functions; at += 2 * lanes) {
    const auto factor = [&](size_t which, size_t vector) HWY_ATTR {
      return hn::LoadU(d, factors + which * padded + at + vector * lanes);
    };
    const V s0 = factor(0, 0), a0 = factor(1, 0), b0 = factor(2, 0);
    const V s1 = factor(0, 1), a1 = factor(1, 1), b1 = factor(2, 1);
    V least0 = hn::Set(d, ~uint32_t{0}), least1 = least0;
    for (const uint64_t shingle : shingles) {
      const V low = hn::Set(d, static_cast<uint32_t>(shingle));
      const V high = hn::Set(d, static_cast<uint32_t>(shingle >> 32));
      least0 = hn::Min(least0, hash(low, high, s0, a0, b0));
      least1 = hn::Min(least1, hash(low, high, s1, a1, b1));
    }
    hn::StoreU(least0, d, minima + at);
    hn::StoreU(least1, d, minima + at + lanes);
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace fundi::curate::dedup
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace fundi::curate::dedup {

HWY_EXPORT(all_minima);

namespace {

constexpr size_t kMostLanes = 128;  // of 32 bits: two vectors of 2048 bits
constexpr int kMostHashes = 4096;

// Counts what two ascending sets have in common, without a branch that depends on the data.
size_t common(std::span<const uint32_t> a, std::span<const uint32_t> b) {
  size_t i = 0, j = 0, count = 0;
  while (i < a.size() && j < b.size()) {
    const uint32_t x = a[i], y = b[j];
    count += x == y;
    i += x <= y;
    j += y <= x;
  }
  return count;
}

// The same where `few` is much the smaller: looks each of its members up.
size_t common_few(std::span<const uint32_t> few, std::span<const uint32_t> many) {
  size_t count = 0;
  auto at = many.begin();
  for (const uint32_t x : few) {
    at = std::lower_bound(at, many.end(), x);
    if (at == many.end()) break;
    count += *at == x;
  }
  return count;
}

}  // namespace

MinHasher::MinHasher(const MinHashOptions& options) : options_(options) {
  if (options.ngram < 1 || options.buckets < 1 || options.hashes < 1 ||
      options.buckets > kMostHashes || options.hashes > kMostHashes ||
      options.buckets * options.hashes > kMostHashes) {
    fail(ErrorCode::kInvalidArgument,
         "minhash: ngram {}, buckets {}, hashes {}: each must be at least 1, and buckets times "
         "hashes at most {}",
         options.ngram, options.buckets, options.hashes, kMostHashes);
  }
  padded_ = (minima_size() + kMostLanes - 1) / kMostLanes * kMostLanes;
  factors_.resize(3 * padded_);
  Random random(options.seed, 0x6d696e68617368);  // "minhash"
  for (size_t i = 0; i < padded_; ++i) {
    const uint64_t first = random.next(), second = random.next();
    factors_[i] = static_cast<uint32_t>(first);
    factors_[padded_ + i] = static_cast<uint32_t>(first >> 32) | 1;
    factors_[2 * padded_ + i] = static_cast<uint32_t>(second) | 1;
  }
}

void MinHasher::minima(std::span<const uint64_t> shingles, std::vector<uint32_t>& minima) const {
  minima.resize(padded_);
  HWY_DYNAMIC_DISPATCH(all_minima)
  (shingles, factors_.data(), padded_, minima_size(), minima.data());
  minima.resize(minima_size());
}

void MinHasher::keys(std::span<const uint64_t> shingles, std::vector<uint64_t>& keys) const {
  keys.clear();
  if (shingles.empty()) return;
  thread_local std::vector<uint32_t> least;
  minima(shingles, least);
  keys_of_minima(least, keys);
}

void MinHasher::keys_of_minima(std::span<const uint32_t> minima,
                               std::vector<uint64_t>& keys) const {
  keys.clear();
  const auto hashes = static_cast<size_t>(options_.hashes);
  for (size_t bucket = 0; bucket < static_cast<size_t>(options_.buckets); ++bucket) {
    const auto band = minima.subspan(bucket * hashes, hashes);
    keys.push_back(
        hash64({reinterpret_cast<const char*>(band.data()), band.size_bytes()}, bucket + 1));
  }
}

double MinHasher::match_probability(double jaccard) const {
  return 1 - std::pow(1 - std::pow(jaccard, options_.hashes), options_.buckets);
}

void shingle_set(std::span<const uint64_t> shingles, std::vector<uint32_t>& set) {
  set.resize(shingles.size());
  std::transform(shingles.begin(), shingles.end(), set.begin(),
                 [](uint64_t x) { return static_cast<uint32_t>(x ^ x >> 32); });
  std::sort(set.begin(), set.end());
  set.erase(std::unique(set.begin(), set.end()), set.end());
}

double jaccard(std::span<const uint32_t> a, std::span<const uint32_t> b) {
  if (a.size() > b.size()) std::swap(a, b);
  if (b.empty()) return 1;
  const size_t both = a.size() * 16 < b.size() ? common_few(a, b) : common(a, b);
  return static_cast<double>(both) / static_cast<double>(a.size() + b.size() - both);
}

}  // namespace fundi::curate::dedup
#endif
