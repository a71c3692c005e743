#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "tensor/dtype.h"

namespace fundi::formats {

// Tensor types as GGUF numbers them (enum ggml_type).
std::optional<DType> dtype_from_gguf(uint32_t number);
std::optional<uint32_t> gguf_number(DType dtype);
// The name of a type of the format that fundi has no DType for; empty where there is none.
std::string_view foreign_gguf_type(uint32_t number);

}  // namespace fundi::formats
