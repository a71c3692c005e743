#include "tensor/dtype.h"

#include <array>
#include <cassert>
#include <utility>

#include "tensor/half.h"

namespace fundi {
namespace {

constexpr std::array<DTypeInfo, 18> kInfo = {{
    {"f32", "F32", 1, 4},
    {"bf16", "BF16", 1, 2},
    {"f16", "F16", 1, 2},
    {"f8_e4m3", "F8_E4M3", 1, 1},
    {"i64", "I64", 1, 8},
    {"i32", "I32", 1, 4},
    {"i16", "I16", 1, 2},
    {"i8", "I8", 1, 1},
    {"u8", "U8", 1, 1},
    {"bool", "BOOL", 1, 1},
    {"q4_0", "", 32, 18},
    {"q4_1", "", 32, 20},
    {"q5_0", "", 32, 22},
    {"q5_1", "", 32, 24},
    {"q8_0", "", 32, 34},
    {"q4_k", "", 256, 144},
    {"q5_k", "", 256, 176},
    {"q6_k", "", 256, 210},
}};

// As PyTorch and Hugging Face configurations name them.
constexpr std::pair<std::string_view, DType> kAliases[] = {
    {"float32", DType::kF32},   {"float", DType::kF32},   {"fp32", DType::kF32},
    {"bfloat16", DType::kBF16}, {"float16", DType::kF16}, {"half", DType::kF16},
    {"fp16", DType::kF16},      {"int64", DType::kI64},   {"int32", DType::kI32},
    {"int16", DType::kI16},     {"int8", DType::kI8},     {"uint8", DType::kU8},
};

}  // namespace

const DTypeInfo& info(DType dtype) {
  assert(static_cast<size_t>(dtype) < kInfo.size());
  return kInfo[static_cast<size_t>(dtype)];
}

std::optional<DType> dtype_from_name(std::string_view name) {
  if (name.starts_with("torch.")) name.remove_prefix(6);
  for (size_t i = 0; i < kInfo.size(); ++i) {
    if (kInfo[i].name == name) return static_cast<DType>(i);
  }
  for (const auto& [alias, dtype] : kAliases) {
    if (alias == name) return dtype;
  }
  return std::nullopt;
}

std::optional<DType> dtype_from_safetensors(std::string_view name) {
  for (size_t i = 0; i < kInfo.size(); ++i) {
    if (!name.empty() && kInfo[i].safetensors == name) return static_cast<DType>(i);
  }
  return std::nullopt;
}

size_t byte_size(DType dtype, int64_t elements) {
  const DTypeInfo& i = info(dtype);
  assert(elements >= 0 && elements % i.block_elements == 0);
  return static_cast<size_t>(elements / i.block_elements) * static_cast<size_t>(i.block_bytes);
}

Float16::Float16(float value) : bits(float_to_half(value)) {}

Float16::operator float() const { return half_to_float(bits); }

}  // namespace fundi
