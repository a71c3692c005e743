#include <bit>
#include <cstring>
#include <set>

#include "base/error.h"
#include "base/text.h"
#include "formats/gguf_header.h"
#include "formats/gguf_types.h"
#include "formats/quote_name.h"

namespace fundi::formats {
namespace {

template <typename T>
void put(std::string& out, T value) {
  out.append(reinterpret_cast<const char*>(&value), sizeof(value));
}

void put_string(std::string& out, std::string_view text) {
  put<uint64_t>(out, text.size());
  out += text;
}

void put_whole(std::string& out, GgufType type, int64_t value) {
  switch (type) {
    case GgufType::kU8:
    case GgufType::kI8:
    case GgufType::kBool:
      return put(out, static_cast<uint8_t>(value));
    case GgufType::kU16:
    case GgufType::kI16:
      return put(out, static_cast<uint16_t>(value));
    case GgufType::kU32:
    case GgufType::kI32:
      return put(out, static_cast<uint32_t>(value));
    default:
      return put(out, value);
  }
}

void put_items(std::string& out, const GgufValue& value) {
  if (const auto* whole = std::get_if<std::vector<int64_t>>(&value.items)) {
    for (const int64_t item : *whole) put_whole(out, value.type, item);
  } else if (const auto* numbers = std::get_if<std::vector<double>>(&value.items)) {
    for (const double item : *numbers) {
      if (value.type == GgufType::kF32) {
        put(out, static_cast<float>(item));
      } else {
        put(out, item);
      }
    }
  } else {
    for (const auto& item : std::get<std::vector<std::string>>(value.items)) {
      put_string(out, item);
    }
  }
}

void put_value(std::string& out, const GgufValue& value) {
  if (value.is_array) {
    put(out, GgufType::kArray);
    put(out, value.type);
    put<uint64_t>(out, std::visit([](const auto& items) { return items.size(); }, value.items));
  } else {
    put(out, value.type);
  }
  put_items(out, value);
}

// Checks what the reader and llama.cpp check.
void check_entry(const GgufEntry& entry, std::set<std::string_view>& names,
                 std::string_view origin) {
  const auto reject = [&](const std::string& why) {
    fail(ErrorCode::kInvalidArgument, "{}: tensor {} {}", origin, quote_name(entry.name), why);
  };
  if (entry.name.empty() || entry.name.size() > kMaxGgufTensorName) {
    reject(fmt::format("must have a name of at most {} bytes", kMaxGgufTensorName));
  }
  if (find_invalid_utf8(entry.name) != std::string_view::npos) reject("has a name not in UTF-8");
  if (!names.insert(entry.name).second) reject("is given twice");
  if (!gguf_number(entry.dtype)) {
    reject(fmt::format("is {}, which GGUF files do not hold", name(entry.dtype)));
  }
  if (entry.shape.rank() > kMaxGgufRank) {
    reject(fmt::format("has more than {} dimensions", kMaxGgufRank));
  }
  const int64_t row = entry.shape.rank() == 0 ? 1 : entry.shape[-1];
  if (row % info(entry.dtype).block_elements != 0) {
    reject(fmt::format("has rows of {} elements, which do not fill blocks of {}", row,
                       name(entry.dtype)));
  }
}

}  // namespace

uint64_t gguf_alignment(const GgufMetadata& metadata, std::string_view origin) {
  const auto alignment =
      metadata.get_optional<int64_t>("general.alignment").value_or(kDefaultGgufAlignment);
  if (alignment <= 0 || alignment > (int64_t{1} << 20) ||
      !std::has_single_bit(static_cast<uint64_t>(alignment))) {
    fail(ErrorCode::kInvalidArgument, "{}: general.alignment must be a power of two, not {}",
         origin, alignment);
  }
  return static_cast<uint64_t>(alignment);
}

std::string make_gguf_header(const GgufMetadata& metadata, std::vector<GgufEntry>& entries,
                             std::string_view origin) {
  const uint64_t alignment = gguf_alignment(metadata, origin);
  std::string out = "GGUF";
  put<uint32_t>(out, 3);
  put<uint64_t>(out, entries.size());
  put<uint64_t>(out, metadata.items().size());
  for (const auto& [key, value] : metadata.items()) {
    put_string(out, key);
    put_value(out, value);
  }
  std::set<std::string_view> names;
  uint64_t offset = 0;
  for (GgufEntry& entry : entries) {
    check_entry(entry, names, origin);
    entry.offset = offset;
    offset = align_up(offset + byte_size(entry.dtype, entry.shape.elements()), alignment);
    put_string(out, entry.name);
    put<uint32_t>(out, static_cast<uint32_t>(entry.shape.rank()));
    for (int i = entry.shape.rank(); i-- > 0;) put<int64_t>(out, entry.shape[i]);
    put<uint32_t>(out, *gguf_number(entry.dtype));
    put<uint64_t>(out, entry.offset);
  }
  out.resize(align_up(out.size(), alignment), '\0');
  return out;
}

}  // namespace fundi::formats
