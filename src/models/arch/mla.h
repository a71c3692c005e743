#pragma once

#include <string>

#include "models/arch/decoder.h"
#include "models/arch/rotary.h"
#include "ops/attention.h"

namespace fundi::models {

// Multi-head latent attention (DeepSeek-V2, arXiv:2405.04434): keys and values are expanded from a
// latent c that all heads share, and one rotated key r a token gives the position.
//   q = W_qb norm(W_qa x) (or W_q x),  [c', r'] = W_kva x,  c = norm(c'),  r = rope(r')
//   k_h = [W_uk,h c; r],  v_h = W_uv,h c,  W_kvb = [W_uk,h; W_uv,h] for each head h
// A cache keeps [c, r] alone. Against it, the expansion is absorbed into queries and outputs:
//   q_h . k_h = [W_uk,h^T q_nope,h; q_rope,h] . [c; r],   sum_j p_j v_h,j = W_uv,h sum_j p_j c_j
class LatentAttention final : public Attention {
 public:
  // Parameters NAMEq_proj, or NAMEq_a_proj, NAMEq_a_layernorm and NAMEq_b_proj, then
  // NAMEkv_a_proj_with_mqa, NAMEkv_a_layernorm, NAMEkv_b_proj and NAMEo_proj.
  LatentAttention(const ModelConfig& config, const std::string& name, ParameterReader& read);
  ops::Var forward(ops::Context& context, const ops::Var& x, const LayerInput& in) const override;
  KvLayout kv_layout() const override;

 private:
  int64_t query_dim() const { return dims_.qk_nope_head_dim + dims_.qk_rope_head_dim; }
  int64_t latent_dim() const { return dims_.kv_lora_rank + dims_.qk_rope_head_dim; }
  ops::Var queries(ops::Context& context, const ops::Var& x, const Batch& batch) const;
  // Attention of queries to keys and values expanded from the batch's own latents.
  ops::Var expanded(
      ops::Context& context, const ops::Var& q, const ops::Var& c, const ops::Var& r,
      const std::shared_ptr<const std::vector<ops::AttentionSegment>>& segments) const;
  // Attention of absorbed queries to the latents of the caches.
  ops::Var absorbed(
      ops::Context& context, const ops::Var& q, const ops::Var& latent,
      const std::shared_ptr<const std::vector<ops::AttentionSegment>>& segments) const;

  MlaConfig dims_;
  int64_t heads_;
  ops::AttentionMask mask_;
  Rotary query_rope_, key_rope_;
  ops::Projection q_, q_a_, q_b_, kv_a_, kv_b_, o_;
  RmsNorm q_norm_, kv_norm_;
};

}  // namespace fundi::models
