#pragma once

#include <array>
#include <optional>
#include <string>

#include "models/arch/decoder.h"
#include "models/arch/rotary.h"
#include "ops/attention.h"

namespace fundi::models {

// Grouped-query attention (Ainslie et al. 2023, arXiv:2305.13245) with rotary positions:
//   W_o attention(rope(q), rope(k), W_v x),  q = W_q x, k = W_k x, each head normalised where
//   qk_norm says so
class GroupedQueryAttention final : public Attention {
 public:
  struct Options {
    RopeConfig rope;
    double scale = 0;    // of scores; 0: 1 / sqrt(head_dim)
    int64_t window = 0;  // as in ops::AttentionMask
    double softcap = 0;
    bool qkv_bias = false;
    bool o_bias = false;
    bool qk_norm = false;
    float norm_offset = 0.0f;
  };
  // Parameters NAMEq_proj, NAMEk_proj, NAMEv_proj, NAMEo_proj and, with qk_norm, NAMEq_norm,
  // NAMEk_norm.
  GroupedQueryAttention(const ModelConfig& config, const std::string& name, ParameterReader& read,
                        const Options& options);
  ops::Var forward(ops::Context& context, const ops::Var& x, const LayerInput& in) const override;
  KvLayout kv_layout() const override;

 private:
  int64_t head_dim_;
  KvLayout layout_;
  ops::AttentionMask mask_;
  Rotary rope_;
  std::array<ops::Projection, 3> qkv_;
  ops::Projection o_;
  std::optional<RmsNorm> q_norm_, k_norm_;
};

// Appends the new keys and values ([N,G*D]) of a layer to each segment's cache; returns the
// segments with the caches' tensors as their keys and values. Without caches: the batch's segments.
std::shared_ptr<const std::vector<ops::AttentionSegment>> cached_segments(const LayerInput& in,
                                                                          const Tensor& k,
                                                                          const Tensor& v);

}  // namespace fundi::models
