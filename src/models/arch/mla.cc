#include "models/arch/mla.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "models/arch/attention.h"
#include "ops/linear.h"
#include "ops/parts.h"

namespace fundi::models {
namespace {

using Segments = std::shared_ptr<const std::vector<ops::AttentionSegment>>;

// The norms of latents have this epsilon whatever the config says of the others.
constexpr double kLatentEps = 1e-6;

Rotary make_rope(const ModelConfig& config, int64_t head_dim, int64_t first) {
  return Rotary(config.rope, config.max_position_embeddings,
                {.head_dim = head_dim,
                 .rotated = config.mla.qk_rope_head_dim,
                 .first = first,
                 .layout = config.mla.rope_interleave ? ops::RopeLayout::kInterleaved
                                                      : ops::RopeLayout::kHalf});
}

// YaRN's mscale_all_dim sharpens attention by the square of its factor.
float attention_scale(const RopeConfig& rope, int64_t query_dim) {
  double scale = 1.0 / std::sqrt(static_cast<double>(query_dim));
  if (rope.scaling == RopeConfig::Scaling::kYarn && rope.mscale_all_dim.value_or(0) > 0) {
    const double mscale = yarn_mscale(rope.factor, *rope.mscale_all_dim);
    scale *= mscale * mscale;
  }
  return static_cast<float>(scale);
}

// Where every sequence begins with this batch, its keys are the batch's own rows; else null.
Segments fresh_segments(const Batch& batch) {
  if (batch.caches.empty()) return batch.segments;
  auto segments = std::make_shared<std::vector<ops::AttentionSegment>>(*batch.segments);
  for (ops::AttentionSegment& segment : *segments) {
    if (segment.k_count != segment.q_count) return nullptr;
    segment.k_begin = segment.q_begin;
  }
  return segments;
}

Tensor by_head(const Tensor& x, int64_t rows, int64_t heads, int64_t head_dim, int64_t width,
               Stream& stream) {
  Tensor y({heads, rows, width}, x.dtype(), x.device());
  ops::copy_part(
      {.x = x.reshape({rows, heads, head_dim}), .y = y, .width = width, .y_by_head = true}, stream);
  return y;
}

Tensor matrix(const Tensor& stack, int64_t i) {
  return stack.rows(i, 1).reshape({stack.dim(1), stack.dim(2)});
}

}  // namespace

LatentAttention::LatentAttention(const ModelConfig& config, const std::string& name,
                                 ParameterReader& read)
    : dims_(config.mla),
      heads_(config.num_attention_heads),
      mask_{.scale = attention_scale(config.rope, query_dim())},
      query_rope_(make_rope(config, query_dim(), dims_.qk_nope_head_dim)),
      key_rope_(make_rope(config, dims_.qk_rope_head_dim, 0)) {
  const int64_t C = config.hidden_size, rank = dims_.kv_lora_rank;
  const bool bias = config.attention_bias;
  if (dims_.q_lora_rank == 0) {
    q_ = read.linear(name + "q_proj", heads_ * query_dim(), C);
  } else {
    q_a_ = read.linear(name + "q_a_proj", dims_.q_lora_rank, C, bias);
    q_norm_ = read.norm(name + "q_a_layernorm", dims_.q_lora_rank, kLatentEps);
    q_b_ = read.linear(name + "q_b_proj", heads_ * query_dim(), dims_.q_lora_rank);
  }
  kv_a_ = read.linear(name + "kv_a_proj_with_mqa", latent_dim(), C, bias);
  kv_norm_ = read.norm(name + "kv_a_layernorm", rank, kLatentEps);
  // In the model's dtype whatever the file has: absorbing multiplies by it untransposed as well.
  const int64_t expanded_dim = dims_.qk_nope_head_dim + dims_.v_head_dim;
  kv_b_.weight = read.matrix(name + "kv_b_proj.weight", heads_ * expanded_dim, rank, read.dtype());
  o_ = read.residual_linear(name + "o_proj", C, heads_ * dims_.v_head_dim, bias);
}

ops::Var LatentAttention::queries(ops::Context& context, const ops::Var& x,
                                  const Batch& batch) const {
  const ops::Var q =
      dims_.q_lora_rank == 0
          ? ops::linear(context, x, q_)
          : ops::linear(context, q_norm_(context, ops::linear(context, x, q_a_)), q_b_);
  return query_rope_(context, q, batch);
}

ops::Var LatentAttention::forward(ops::Context& context, const ops::Var& x,
                                  const LayerInput& in) const {
  const int64_t rank = dims_.kv_lora_rank;
  const ops::Var q = queries(context, x, in.batch);
  const ops::Var kv = ops::linear(context, x, kv_a_);
  const ops::Var c = kv_norm_(context, ops::slice_heads(context, kv, latent_dim(), 0, rank));
  const ops::Var r = key_rope_(
      context, ops::slice_heads(context, kv, latent_dim(), rank, dims_.qk_rope_head_dim), in.batch);
  const Segments fresh = fresh_segments(in.batch);
  if (in.batch.caches.empty()) {
    return ops::linear(context, expanded(context, q, c, r, fresh), o_);
  }
  const ops::Var latent = ops::join_heads(context, c, rank, r, dims_.qk_rope_head_dim);
  const Segments cached = cached_segments(in, latent.value(), {});
  const ops::Var out =
      fresh ? expanded(context, q, c, r, fresh) : absorbed(context, q, latent, cached);
  return ops::linear(context, out, o_);
}

ops::Var LatentAttention::expanded(ops::Context& context, const ops::Var& q, const ops::Var& c,
                                   const ops::Var& r, const Segments& segments) const {
  const int64_t nope = dims_.qk_nope_head_dim, E = dims_.v_head_dim;
  const ops::Var kv = ops::linear(context, c, kv_b_);
  const ops::Var k_nope = ops::slice_heads(context, kv, nope + E, 0, nope);
  const ops::Var k = ops::join_heads(context, k_nope, nope, r, dims_.qk_rope_head_dim);
  const ops::Var v = ops::slice_heads(context, kv, nope + E, nope, E);
  return ops::attention(context, q, k, v, segments, query_dim(), mask_, E);
}

ops::Var LatentAttention::absorbed(ops::Context& context, const ops::Var& q, const ops::Var& latent,
                                   const Segments& segments) const {
  const int64_t N = q.value().dim(0), H = heads_, rank = dims_.kv_lora_rank;
  const int64_t nope = dims_.qk_nope_head_dim, rope = dims_.qk_rope_head_dim, E = dims_.v_head_dim;
  const DType dtype = q.value().dtype();
  Stream& stream = context.stream;
  const Tensor weights = kv_b_.weight.value().reshape({H, nope + E, rank});

  const Tensor q_nope = by_head(q.value(), N, H, query_dim(), nope, stream);
  const Tensor q_latent({H, N, rank}, dtype, q.value().device());
  std::vector<ops::Matmul> products;
  for (int64_t h = 0; h < H; ++h) {
    products.push_back(
        {.a = matrix(q_nope, h), .b = matrix(weights, h).rows(0, nope), .c = matrix(q_latent, h)});
  }
  ops::matmuls(products, stream);
  const Tensor heads({N, H, latent_dim()}, dtype, q.value().device());
  ops::copy_part({.x = q_latent, .y = heads, .width = rank, .x_by_head = true}, stream);
  ops::copy_part({.x = q.value().reshape({N, H, query_dim()}),
                  .y = heads,
                  .x_first = nope,
                  .y_first = rank,
                  .width = rope},
                 stream);
  const ops::Var attended = ops::attention(context, ops::Var(heads.reshape({N, H * latent_dim()})),
                                           latent, {}, segments, latent_dim(), mask_, rank);

  const Tensor sums = by_head(attended.value(), N, H, rank, rank, stream);
  const Tensor values({H, N, E}, dtype, q.value().device());
  products.clear();
  for (int64_t h = 0; h < H; ++h) {
    products.push_back({.a = matrix(sums, h),
                        .b = matrix(weights, h).rows(nope, E),
                        .c = matrix(values, h),
                        .transpose_b = true});
  }
  ops::matmuls(products, stream);
  const Tensor out({N, H, E}, dtype, q.value().device());
  ops::copy_part({.x = values, .y = out, .width = E, .x_by_head = true}, stream);
  return ops::Var(out.reshape({N, H * E}));
}

KvLayout LatentAttention::kv_layout() const { return {1, latent_dim(), 0}; }

}  // namespace fundi::models
