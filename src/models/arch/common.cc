#include "models/arch/common.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/error.h"

namespace fundi::models {

ops::Var ParameterReader::add(Parameter parameter, const Shape& shape) {
  parameter.var = ops::Var(source_.tensor(parameter.name, shape));
  list_.push_back(std::move(parameter));
  return list_.back().var;
}

ops::Var ParameterReader::embedding(const std::string& name, int64_t vocabulary, int64_t width) {
  return add({.name = name, .var = {}, .is_matrix = true, .is_embedding = true},
             {vocabulary, width});
}

ops::Var ParameterReader::vector(const std::string& name, int64_t width) {
  return add({.name = name, .var = {}, .is_matrix = false}, {width});
}

ops::Var ParameterReader::matrix(const std::string& name, int64_t out, int64_t in) {
  return add({.name = name, .var = {}, .is_matrix = true}, {out, in});
}

ops::Projection ParameterReader::linear(const std::string& name, int64_t out, int64_t in, bool bias) {
  ops::Projection result;
  result.weight = matrix(name + ".weight", out, in);
  if (bias) result.bias = vector(name + ".bias", out);
  return result;
}

Tensor rope_frequencies(int64_t head_dim, double theta) {
  Tensor frequencies({head_dim / 2}, DType::kF32);
  const auto base = static_cast<double>(static_cast<float>(theta));
  for (int64_t i = 0; i < head_dim / 2; ++i) {
    const float exponent = static_cast<float>(2 * i) / static_cast<float>(head_dim);
    const auto power = static_cast<float>(std::pow(base, static_cast<double>(exponent)));
    frequencies.data<float>()[i] = 1.0f / power;
  }
  return frequencies;
}

void check_batch(const Batch& batch, int64_t vocab_size, bool records) {
  if (!batch.ids.defined() || !batch.positions.defined() || batch.segments == nullptr) {
    fail(ErrorCode::kInvalidArgument, "a batch needs ids, positions and segments");
  }
  const auto ids = batch.ids.span<int32_t>();
  for (size_t i = 0; i < ids.size(); ++i) {
    if (ids[i] >= 0 && ids[i] < vocab_size) continue;
    fail(
        ErrorCode::kInvalidArgument,
        "token id {} at position {} of the batch is outside the model's vocabulary of {}; does the "
        "tokenizer belong to this model?",
        ids[i], i, vocab_size);
  }
  if (batch.caches.empty()) return;
  if (records) {
    fail(ErrorCode::kInvalidArgument, "a batch with caches cannot be trained on");
  }
  if (batch.caches.size() != batch.segments->size()) {
    fail(ErrorCode::kInvalidArgument, "a batch of {} segments has {} caches",
         batch.segments->size(), batch.caches.size());
  }
  for (size_t i = 0; i < batch.caches.size(); ++i) {
    const ops::AttentionSegment& segment = (*batch.segments)[i];
    // The cache moved on since the batch was made, or is listed twice.
    if (segment.k_count != batch.caches[i]->length() + segment.q_count ||
        std::find(batch.caches.begin(), batch.caches.begin() + static_cast<ptrdiff_t>(i),
                  batch.caches[i]) != batch.caches.begin() + static_cast<ptrdiff_t>(i)) {
      fail(ErrorCode::kInvalidArgument, "cache {} does not fit its segment of the batch", i);
    }
  }
}

std::shared_ptr<const std::vector<ops::AttentionSegment>> segments_of_layer(const Batch& batch,
                                                                            int64_t layer,
                                                                            const Tensor& k,
                                                                            const Tensor& v) {
  if (batch.caches.empty()) return batch.segments;
  auto segments = std::make_shared<std::vector<ops::AttentionSegment>>(*batch.segments);
  for (size_t i = 0; i < segments->size(); ++i) {
    ops::AttentionSegment& segment = (*segments)[i];
    KvCache& cache = *batch.caches[i];
    cache.append(layer, k, v, segment.q_begin, segment.q_count);
    segment.k = cache.k(layer);
    segment.v = cache.v(layer);
  }
  return segments;
}

void advance_caches(const Batch& batch) {
  for (size_t i = 0; i < batch.caches.size(); ++i) {
    batch.caches[i]->advance((*batch.segments)[i].q_count);
  }
}

}  // namespace fundi::models
