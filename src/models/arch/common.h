#pragma once

#include <memory>
#include <vector>

#include "models/arch/all.h"
#include "ops/linear.h"

namespace fundi::models {

// What architectures have in common.

// Takes weights from a source and lists them, in the order of the calls.
class ParameterReader {
 public:
  ParameterReader(WeightSource& source, std::vector<Parameter>& list)
      : source_(source), list_(list) {}
  ops::Var embedding(const std::string& name, int64_t vocabulary, int64_t width);
  ops::Var vector(const std::string& name, int64_t width);
  ops::Var matrix(const std::string& name, int64_t out, int64_t in);
  ops::Projection linear(const std::string& name, int64_t out, int64_t in, bool bias);

 private:
  ops::Var add(Parameter parameter, const Shape& shape);
  WeightSource& source_;
  std::vector<Parameter>& list_;
};

// [D/2] f32: theta^(-2i/D), rounded to f32 where transformers rounds.
Tensor rope_frequencies(int64_t head_dim, double theta);

// Throws kInvalidArgument where an id is outside the vocabulary (its position named), a part of the
// batch is missing, or caches do not fit the segments or are used while recording.
void check_batch(const Batch& batch, int64_t vocab_size, bool records);

// Appends the new keys and values ([N,G*D]) to each segment's cache; returns the segments with the
// caches' tensors as their keys and values. Without caches: the batch's segments.
std::shared_ptr<const std::vector<ops::AttentionSegment>> segments_of_layer(const Batch& batch,
                                                                            int64_t layer,
                                                                            const Tensor& k,
                                                                            const Tensor& v);

// After the last layer: every cache holds its segment's new tokens.
void advance_caches(const Batch& batch);

}  // namespace fundi::models
