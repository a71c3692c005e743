#include "formats/gguf_types.h"

#include <array>
#include <utility>

namespace fundi::formats {
namespace {

constexpr std::array<std::pair<uint32_t, DType>, 15> kTypes = {{
    {0, DType::kF32},
    {1, DType::kF16},
    {2, DType::kQ4_0},
    {3, DType::kQ4_1},
    {6, DType::kQ5_0},
    {7, DType::kQ5_1},
    {8, DType::kQ8_0},
    {12, DType::kQ4_K},
    {13, DType::kQ5_K},
    {14, DType::kQ6_K},
    {24, DType::kI8},
    {25, DType::kI16},
    {26, DType::kI32},
    {27, DType::kI64},
    {30, DType::kBF16},
}};

constexpr std::array<std::pair<uint32_t, std::string_view>, 22> kForeign = {{
    {9, "Q8_1"},      {10, "Q2_K"},       {11, "Q3_K"},  {15, "Q8_K"},     {16, "IQ2_XXS"},
    {17, "IQ2_XS"},   {18, "IQ3_XXS"},    {19, "IQ1_S"}, {20, "IQ4_NL"},   {21, "IQ3_S"},
    {22, "IQ2_S"},    {23, "IQ4_XS"},     {28, "F64"},   {29, "IQ1_M"},    {34, "TQ1_0"},
    {35, "TQ2_0"},    {39, "MXFP4"},      {40, "NVFP4"}, {31, "Q4_0_4_4"}, {32, "Q4_0_4_8"},
    {33, "Q4_0_8_8"}, {36, "IQ4_NL_4_4"},
}};

}  // namespace

std::optional<DType> dtype_from_gguf(uint32_t number) {
  for (const auto& [id, dtype] : kTypes) {
    if (id == number) return dtype;
  }
  return std::nullopt;
}

std::optional<uint32_t> gguf_number(DType dtype) {
  for (const auto& [id, known] : kTypes) {
    if (known == dtype) return id;
  }
  return std::nullopt;
}

std::string_view foreign_gguf_type(uint32_t number) {
  for (const auto& [id, name] : kForeign) {
    if (id == number) return name;
  }
  return {};
}

}  // namespace fundi::formats
