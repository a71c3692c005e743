#include "train/sampler.h"

#include <algorithm>
#include <limits>
#include <numeric>

#include "base/error.h"
#include "base/random.h"

namespace fundi::train {

Sampler::Sampler(int64_t size, uint64_t seed) : seed_(seed) {
  if (size <= 0 || size > std::numeric_limits<int32_t>::max()) {
    fail(ErrorCode::kInvalidArgument,
         "the data gives {} sequences; training needs 1 to 2147483647 of them", size);
  }
  order_.resize(static_cast<size_t>(size));
}

void Sampler::start_epoch(int64_t epoch) {
  std::iota(order_.begin(), order_.end(), 0);
  Random random(seed_, static_cast<uint64_t>(epoch));
  shuffle(std::span(order_), random);
  order_epoch_ = epoch;
}

std::span<const int32_t> Sampler::next(int64_t count) {
  const auto size = static_cast<int64_t>(order_.size());
  if (order_epoch_ != epoch_) start_epoch(epoch_);
  const int64_t begin = position_;
  const int64_t taken = std::min(count, size - begin);
  position_ += taken;
  if (position_ == size) {
    ++epoch_;
    position_ = 0;
  }
  return std::span(order_).subspan(static_cast<size_t>(begin), static_cast<size_t>(taken));
}

void Sampler::seek(int64_t epoch, int64_t position) {
  if (epoch < 0 || position < 0 || position >= static_cast<int64_t>(order_.size())) {
    fail(ErrorCode::kCorruptData, "no sequence {} in epoch {}: the data has {} sequences", position,
         epoch, order_.size());
  }
  epoch_ = epoch;
  position_ = position;
}

double Sampler::progress() const {
  return static_cast<double>(epoch_) +
         static_cast<double>(position_) / static_cast<double>(order_.size());
}

}  // namespace fundi::train
