#pragma once

#include <arrow/api.h>

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/json.h"

namespace fundi::curate {

// Whether a column holds strings or bytes.
bool is_text(const arrow::DataType& type);

// The bytes of a value of such a column, valid while the array lives; nothing for a null. Throws
// kCorruptData.
std::optional<std::string_view> text_at(const arrow::Array& array, int64_t row);

// Any value: a null for a null, times and decimals as strings, invalid UTF-8 replaced. Throws
// kCorruptData.
Json json_at(const arrow::Array& array, int64_t row);

}  // namespace fundi::curate
