#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace fundi::models {

// Where the norms of a block stand, on which their names in GGUF files depend.
enum class GgufNorms : uint8_t {
  kPre,       // before attention and feed-forward
  kSandwich,  // before and after each (Gemma)
};

// The tensor of a GGUF file that holds a weight: the name, and for experts, which one of those
// stacked in it.
struct GgufTensorName {
  std::string name;
  std::optional<int64_t> expert;
  bool operator==(const GgufTensorName&) const = default;
};

// "model.layers.3.mlp.experts.5.up_proj.weight" -> {"blk.3.ffn_up_exps.weight", 5}. Nothing where
// the format has no name for it.
std::optional<GgufTensorName> gguf_tensor_name(std::string_view hf_name, GgufNorms norms);

}  // namespace fundi::models
