#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace fundi::curate::dedup {

struct MinHashOptions {
  int ngram = 5;     // words a shingle
  int buckets = 14;  // bands
  int hashes = 8;    // minima a bucket: rows
  uint64_t seed = 1;
};

// MinHash with banding (Broder 1997; Leskovec, Rajaraman & Ullman, ch. 3): two texts whose sets of
// shingles have Jaccard similarity s share at least one bucket key with probability
// 1 - (1 - s^hashes)^buckets. The hash functions are keyed 32-bit mixers of the 64 bits of a
// shingle
//   h(x) = (t ^ t >> 16 ^ high(x)) * b   with   t = (low(x) ^ s) * a,   a and b odd,
// of which the minimum over the shingles is taken. The same bits on every processor. Thread-safe.
class MinHasher {
 public:
  // Throws kInvalidArgument where a number is not positive or there are more than 4096 hashes.
  explicit MinHasher(const MinHashOptions& options = {});

  const MinHashOptions& options() const { return options_; }
  size_t minima_size() const { return static_cast<size_t>(options_.buckets * options_.hashes); }

  // The minimum of each hash function over the shingles (words/simplify.h: shingle_hashes); all
  // ones where there are none. Replaces `minima`.
  void minima(std::span<const uint64_t> shingles, std::vector<uint32_t>& minima) const;
  // One key a bucket. Keys of different buckets differ, so that all may go through one shuffle;
  // none where there are no shingles (fewer words than the n-gram). Replaces `keys`. The second
  // form starts from minima().
  void keys(std::span<const uint64_t> shingles, std::vector<uint64_t>& keys) const;
  void keys_of_minima(std::span<const uint32_t> minima, std::vector<uint64_t>& keys) const;

  double match_probability(double jaccard) const;

 private:
  MinHashOptions options_;
  size_t padded_;                  // functions, filled up to whole vectors
  std::vector<uint32_t> factors_;  // s, a, b of all functions
};

// A set of shingles for judging a match by the real Jaccard similarity: 4 bytes a shingle,
// ascending, no two equal. Of n shingles about n^2 / 2^33 fall together.
void shingle_set(std::span<const uint64_t> shingles, std::vector<uint32_t>& set);
// |a and b| / |a or b|; 1 for two empty sets.
double jaccard(std::span<const uint32_t> a, std::span<const uint32_t> b);

}  // namespace fundi::curate::dedup
