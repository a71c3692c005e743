#include "models/arch/attention.h"

#include <cmath>

#include "ops/linear.h"

namespace fundi::models {

GroupedQueryAttention::GroupedQueryAttention(const ModelConfig& config, const std::string& name,
                                             ParameterReader& read, const Options& options)
    : head_dim_(config.head_dim),
      layout_{config.num_key_value_heads, config.head_dim, config.head_dim},
      mask_{.scale = static_cast<float>(options.scale),
            .window = options.window,
            .softcap = static_cast<float>(options.softcap)},
      rope_(options.rope, config.max_position_embeddings,
            {.head_dim = config.head_dim, .rotated = config.head_dim}) {
  if (options.scale == 0) mask_.scale = 1.0f / std::sqrt(static_cast<float>(head_dim_));
  const int64_t C = config.hidden_size;
  const int64_t HD = config.num_attention_heads * head_dim_;
  const int64_t GD = config.num_key_value_heads * head_dim_;
  qkv_ = {read.linear(name + "q_proj", HD, C, options.qkv_bias),
          read.linear(name + "k_proj", GD, C, options.qkv_bias),
          read.linear(name + "v_proj", GD, C, options.qkv_bias)};
  o_ = read.residual_linear(name + "o_proj", C, HD, options.o_bias);
  if (options.qk_norm) {
    const double eps = config.rms_norm_eps;
    q_norm_ = read.norm(name + "q_norm", head_dim_, eps, options.norm_offset);
    k_norm_ = read.norm(name + "k_norm", head_dim_, eps, options.norm_offset);
  }
}

ops::Var GroupedQueryAttention::forward(ops::Context& context, const ops::Var& x,
                                        const LayerInput& in) const {
  const std::vector<ops::Var> qkv = ops::linears(context, x, qkv_);
  const auto placed = [&](const ops::Var& heads, const std::optional<RmsNorm>& norm) {
    return rope_(context, norm ? (*norm)(context, heads) : heads, in.batch);
  };
  const ops::Var q = placed(qkv[0], q_norm_), k = placed(qkv[1], k_norm_);
  const ops::Var& v = qkv[2];
  const auto segments = cached_segments(in, k.value(), v.value());
  return ops::linear(context, ops::attention(context, q, k, v, segments, head_dim_, mask_), o_);
}

KvLayout GroupedQueryAttention::kv_layout() const { return layout_; }

std::shared_ptr<const std::vector<ops::AttentionSegment>> cached_segments(const LayerInput& in,
                                                                          const Tensor& k,
                                                                          const Tensor& v) {
  const Batch& batch = in.batch;
  if (batch.caches.empty()) return batch.segments;
  auto segments = std::make_shared<std::vector<ops::AttentionSegment>>(*batch.segments);
  for (size_t i = 0; i < segments->size(); ++i) {
    ops::AttentionSegment& segment = (*segments)[i];
    KvCache& cache = *batch.caches[i];
    cache.append(in.layer, k, v, segment.q_begin, segment.q_count);
    segment.k = cache.k(in.layer);
    segment.v = cache.v(in.layer);
  }
  return segments;
}

}  // namespace fundi::models
