#pragma once

#include <vector>

#include "tensor/tensor.h"

namespace fundi::models {

// What one layer keeps of a token.
struct KvLayout {
  int64_t heads = 0;
  int64_t key_size = 0;
  int64_t value_size = 0;  // 0: no values of their own (multi-head latent attention)
  bool operator==(const KvLayout&) const = default;
};

// Keys and values of one sequence: [capacity,heads,key_size] and [capacity,heads,value_size] a
// layer, f32, bf16, f16 or q8_0 (sizes are multiples of 32 then). Grows by doubling. Host memory.
class KvCache {
 public:
  // `layout` is a model's: Model::kv_layout().
  KvCache(const std::vector<KvLayout>& layout, DType dtype, int64_t capacity = 64);
  int64_t length() const { return length_; }
  void truncate(int64_t length);  // kInvalidArgument where it is not within the length
  size_t bytes() const;
  // Converts rows [begin, begin+count) of k and v ([N,heads*size], f32|bf16; v undefined where the
  // layer has no values) to the cache's dtype, behind what layer `layer` holds; the caller advances
  // the length once all layers are written.
  void append(int64_t layer, const Tensor& k, const Tensor& v, int64_t begin, int64_t count);
  void advance(int64_t count) { length_ += count; }
  const Tensor& k(int64_t layer) const { return layers_[static_cast<size_t>(layer)].k; }
  const Tensor& v(int64_t layer) const { return layers_[static_cast<size_t>(layer)].v; }

 private:
  struct Layer {
    Tensor k, v;
  };
  void reserve(int64_t rows);
  std::vector<Layer> layers_;
  int64_t length_ = 0;
  int64_t capacity_ = 0;
};

}  // namespace fundi::models
