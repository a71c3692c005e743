#include "models/gguf/quantisation.h"

#include <array>
#include <string>

#include "base/error.h"

namespace fundi::models {
namespace {

constexpr auto kFileTypes = std::to_array<GgufFileType>({
    {"f32", 0, DType::kF32, DType::kF32, false},
    {"f16", 1, DType::kF16, DType::kF16, false},
    {"bf16", 32, DType::kBF16, DType::kBF16, false},
    {"q8_0", 7, DType::kQ8_0, DType::kQ8_0, false},
    {"q4_0", 2, DType::kQ4_0, DType::kQ6_K, false},
    {"q4_k", 14, DType::kQ4_K, DType::kQ6_K, false},
    {"q6_k", 18, DType::kQ6_K, DType::kQ6_K, false},
    {"q4_k_m", 15, DType::kQ4_K, DType::kQ6_K, true},
});

bool contains(std::string_view name, std::string_view part) {
  return name.find(part) != std::string_view::npos;
}

bool stays_f32(const GgufTensorPlace& tensor) {
  return tensor.shape.rank() < 2 || !tensor.name.ends_with(".weight") ||
         contains(tensor.name, "_norm.") || contains(tensor.name, "ffn_gate_inp.");
}

// The first and last eighth of the layers, and every third between.
bool has_more_bits(int64_t layer, int64_t layers) {
  const int64_t eighth = layers / 8;
  return layer < eighth || layer >= 7 * layers / 8 || (layer - eighth) % 3 == 2;
}

DType with_fallback(DType dtype, int64_t columns) {
  const auto fits = [&](DType d) { return columns % info(d).block_elements == 0; };
  if (fits(dtype)) return dtype;
  if (dtype == DType::kQ4_K && fits(DType::kQ5_0)) return DType::kQ5_0;
  if (dtype == DType::kQ6_K && fits(DType::kQ8_0)) return DType::kQ8_0;
  return DType::kF16;
}

}  // namespace

std::span<const GgufFileType> gguf_file_types() { return kFileTypes; }

const GgufFileType& gguf_file_type(std::string_view name) {
  std::string known;
  for (const GgufFileType& type : kFileTypes) {
    if (type.name == name) return type;
    known.append(known.empty() ? "" : ", ").append(type.name);
  }
  fail(ErrorCode::kInvalidArgument, "GGUF files are not written as '{}', only as {}", name, known);
}

DType gguf_dtype(const GgufFileType& type, const GgufTensorPlace& tensor) {
  if (stays_f32(tensor)) return DType::kF32;
  const int64_t columns = tensor.shape[-1];
  const bool is_head =
      tensor.name == "output.weight" || (tensor.tied && tensor.name == "token_embd.weight");
  if (is_head) return with_fallback(type.head, columns);
  const bool weighs_most = contains(tensor.name, ".attn_v.") || contains(tensor.name, ".ffn_down");
  if (type.is_mix && weighs_most && has_more_bits(tensor.layer, tensor.layers)) {
    return with_fallback(DType::kQ6_K, columns);
  }
  return with_fallback(type.matrices, columns);
}

}  // namespace fundi::models
