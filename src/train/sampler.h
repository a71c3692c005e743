#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace fundi::train {

// The order of the sequences: each epoch a permutation of [0, size) that is a pure function of the
// seed and the epoch, so that (epoch, position) is the whole state and a resumed run sees what an
// uninterrupted one would have seen. A batch never crosses an epoch: the last one may be smaller.
class Sampler {
 public:
  // `size` at least 1 and below 2^31.
  Sampler(int64_t size, uint64_t seed);

  // The next at most `count` (positive) sequences of the current epoch, valid until the next call.
  std::span<const int32_t> next(int64_t count);

  int64_t epoch() const { return epoch_; }        // of the sequence that comes next
  int64_t position() const { return position_; }  // within it
  // Throws kCorruptData where the state is impossible.
  void seek(int64_t epoch, int64_t position);
  // Epochs passed, with the fraction of the current one.
  double progress() const;

 private:
  void start_epoch(int64_t epoch);
  uint64_t seed_;
  int64_t epoch_ = 0;
  int64_t position_ = 0;
  std::vector<int32_t> order_;
  int64_t order_epoch_ = -1;  // the epoch that order_ is of
};

}  // namespace fundi::train
