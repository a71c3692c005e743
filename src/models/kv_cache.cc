#include "models/kv_cache.h"

#include <algorithm>
#include <cstddef>

#include "base/error.h"

namespace fundi::models {
namespace {

Tensor storage(DType dtype, int64_t rows, int64_t heads, int64_t size) {
  if (heads * size == 0) return {};
  if (size % info(dtype).block_elements != 0) {
    fail(ErrorCode::kInvalidArgument,
         "a cache in {} needs heads of a multiple of {} elements, and the model's have {}; use "
         "another dtype",
         name(dtype), info(dtype).block_elements, size);
  }
  return Tensor({rows, heads, size}, dtype);
}

}  // namespace

KvCache::KvCache(const std::vector<KvLayout>& layout, DType dtype, int64_t capacity)
    : capacity_(std::max<int64_t>(capacity, 1)) {
  if (dtype != DType::kF32 && dtype != DType::kBF16 && dtype != DType::kF16 &&
      dtype != DType::kQ8_0) {
    fail(ErrorCode::kInvalidArgument, "a cache must be f32, bf16, f16 or q8_0, not {}",
         name(dtype));
  }
  for (const KvLayout& layer : layout) {
    layers_.push_back({storage(dtype, capacity_, layer.heads, layer.key_size),
                       storage(dtype, capacity_, layer.heads, layer.value_size)});
  }
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
  for (const Layer& layer : layers_) {
    total += layer.k.bytes() + (layer.v.defined() ? layer.v.bytes() : 0);
  }
  return total;
}

void KvCache::reserve(int64_t rows) {
  if (rows <= capacity_) return;
  const int64_t capacity = std::max(rows, 2 * capacity_);
  const auto grown = [this, capacity](const Tensor& old) {
    if (!old.defined()) return old;
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
  const auto store = [&](const Tensor& to, const Tensor& from) {
    const Tensor rows = from.rows(begin, count), place = to.rows(length_, count);
    convert_elements(rows.raw(), rows.dtype(), place.raw(), place.dtype(), rows.elements());
  };
  store(target.k, k);
  if (target.v.defined()) store(target.v, v);
}

}  // namespace fundi::models
