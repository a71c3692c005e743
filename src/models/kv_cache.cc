#include <algorithm>

#include "base/error.h"
#include "models/model.h"

namespace fundi::models {

KvCache::KvCache(const ModelConfig& config, DType dtype, int64_t capacity)
    : layers_(static_cast<size_t>(config.num_hidden_layers)),
      capacity_(std::max<int64_t>(capacity, 1)) {
  const int64_t groups =
      config.num_key_value_heads ? config.num_key_value_heads : config.num_attention_heads;
  const int64_t head_dim =
      config.head_dim ? config.head_dim : config.hidden_size / config.num_attention_heads;
  const Shape shape{capacity_, groups, head_dim};
  for (Layer& layer : layers_) layer = {Tensor(shape, dtype), Tensor(shape, dtype)};
}

void KvCache::truncate(int64_t length) {
  if (length < 0 || length > length_) {
    fail(ErrorCode::kInvalidArgument, "KvCache::truncate: {} is not within the length {}", length,
         length_);
  }
  length_ = length;
}

size_t KvCache::bytes() const {
  size_t total = 0;
  for (const Layer& layer : layers_) total += layer.k.bytes() + layer.v.bytes();
  return total;
}

void KvCache::reserve(int64_t rows) {
  if (rows <= capacity_) return;
  const int64_t capacity = std::max(rows, 2 * capacity_);
  const auto grown = [this, capacity](const Tensor& old) {
    Tensor larger({capacity, old.dim(1), old.dim(2)}, old.dtype(), old.device());
    if (length_ > 0) larger.rows(0, length_).copy_from(old.rows(0, length_));
    return larger;
  };
  // All new tensors first: where memory runs out, the cache is as it was.
  std::vector<Layer> layers;
  layers.reserve(layers_.size());
  for (const Layer& layer : layers_) layers.push_back({grown(layer.k), grown(layer.v)});
  layers_ = std::move(layers);
  capacity_ = capacity;
}

void KvCache::append(int64_t layer, const Tensor& k, const Tensor& v, int64_t begin,
                     int64_t count) {
  if (count == 0) return;
  // The first layer of a forward pass reserves for all: no later one moves what was written.
  reserve(length_ + count);
  const Layer& target = layers_[static_cast<size_t>(layer)];
  const auto copy = [&](const Tensor& to, const Tensor& from) {
    const Shape shape{count, to.dim(1), to.dim(2)};
    to.rows(length_, count).copy_from(from.rows(begin, count).reshape(shape));
  };
  copy(target.k, k);
  copy(target.v, v);
}

}  // namespace fundi::models
