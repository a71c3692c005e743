#include "models/gguf/names.h"

#include <array>
#include <charconv>

namespace fundi::models {
namespace {

struct NamePair {
  std::string_view hf, gguf;  // without ".weight" and ".bias"
};

constexpr auto kModel = std::to_array<NamePair>({
    {"model.embed_tokens", "token_embd"},
    {"model.norm", "output_norm"},
    {"lm_head", "output"},
});

// Of one layer, behind "model.layers.N." and "blk.N.".
constexpr auto kLayer = std::to_array<NamePair>({
    {"input_layernorm", "attn_norm"},
    {"self_attn.q_proj", "attn_q"},
    {"self_attn.k_proj", "attn_k"},
    {"self_attn.v_proj", "attn_v"},
    {"self_attn.o_proj", "attn_output"},
    {"self_attn.q_norm", "attn_q_norm"},
    {"self_attn.k_norm", "attn_k_norm"},
    {"self_attn.q_a_proj", "attn_q_a"},
    {"self_attn.q_a_layernorm", "attn_q_a_norm"},
    {"self_attn.q_b_proj", "attn_q_b"},
    {"self_attn.kv_a_proj_with_mqa", "attn_kv_a_mqa"},
    {"self_attn.kv_a_layernorm", "attn_kv_a_norm"},
    {"self_attn.kv_b_proj", "attn_kv_b"},
    {"mlp.gate_proj", "ffn_gate"},
    {"mlp.up_proj", "ffn_up"},
    {"mlp.down_proj", "ffn_down"},
    {"mlp.gate", "ffn_gate_inp"},
    {"mlp.shared_experts.gate_proj", "ffn_gate_shexp"},
    {"mlp.shared_experts.up_proj", "ffn_up_shexp"},
    {"mlp.shared_experts.down_proj", "ffn_down_shexp"},
});

constexpr auto kPreNorms = std::to_array<NamePair>({
    {"post_attention_layernorm", "ffn_norm"},
});

constexpr auto kSandwichNorms = std::to_array<NamePair>({
    {"post_attention_layernorm", "post_attention_norm"},
    {"pre_feedforward_layernorm", "ffn_norm"},
    {"post_feedforward_layernorm", "post_ffw_norm"},
});

// Behind "mlp.experts.E.".
constexpr auto kExpert = std::to_array<NamePair>({
    {"gate_proj", "ffn_gate_exps"},
    {"up_proj", "ffn_up_exps"},
    {"down_proj", "ffn_down_exps"},
});

template <typename Table>
std::string_view find(const Table& table, std::string_view hf) {
  for (const NamePair& pair : table) {
    if (pair.hf == hf) return pair.gguf;
  }
  return {};
}

// Takes `prefix` and a number with its dot off the front of `name`.
std::optional<int64_t> take_index(std::string_view& name, std::string_view prefix) {
  if (!name.starts_with(prefix)) return std::nullopt;
  const char* begin = name.data() + prefix.size();
  const char* end = name.data() + name.size();
  int64_t index = 0;
  const auto [rest, error] = std::from_chars(begin, end, index);
  if (error != std::errc() || rest == end || *rest != '.' || index < 0) return std::nullopt;
  name = std::string_view(rest + 1, end);
  return index;
}

}  // namespace

std::optional<GgufTensorName> gguf_tensor_name(std::string_view hf_name, GgufNorms norms) {
  constexpr std::string_view kRouterBias = "mlp.gate.e_score_correction_bias";
  std::string_view name = hf_name;
  const auto layer = take_index(name, "model.layers.");
  if (layer && name == kRouterBias) {
    return GgufTensorName{"blk." + std::to_string(*layer) + ".exp_probs_b.bias", std::nullopt};
  }
  const auto expert = layer ? take_index(name, "mlp.experts.") : std::nullopt;
  const size_t dot = name.rfind('.');
  if (dot == std::string_view::npos) return std::nullopt;
  const std::string_view stem = name.substr(0, dot), suffix = name.substr(dot);
  if (suffix != ".weight" && suffix != ".bias") return std::nullopt;

  std::string_view found;
  if (!layer) {
    found = find(kModel, stem);
  } else if (expert) {
    found = find(kExpert, stem);
  } else {
    found = norms == GgufNorms::kPre ? find(kPreNorms, stem) : find(kSandwichNorms, stem);
    if (found.empty()) found = find(kLayer, stem);
  }
  if (found.empty()) return std::nullopt;
  std::string result = layer ? "blk." + std::to_string(*layer) + "." : "";
  return GgufTensorName{result.append(found).append(suffix), expert};
}

}  // namespace fundi::models
