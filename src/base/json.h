#pragma once

#include <cstddef>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace fundi {

// Keys keep their order, so that files we rewrite stay readable diffs.
using Json = nlohmann::ordered_json;

// Parses text; `origin` (a path, "request body") starts the message of the kCorruptData it throws,
// which gives line and column. Nesting is limited to 256 levels. Invalid UTF-8 is an error.
Json parse_json(std::string_view text, std::string_view origin);
Json read_json(const std::filesystem::path& path);

// An object of these keys, each with its value, in time that grows with their number alone, where
// inserting them one by one takes its square. A repeated key keeps its first place and takes its
// last value.
Json make_object(const std::vector<std::string>& keys, Json::array_t values);

// Rows of data may be nested so deep: half of what parse_json allows, since we put them into other
// rows that are read again.
inline constexpr size_t kMaxRowDepth = 128;
// Whether lists and objects are nested deeper than `levels`; texts and numbers are of none.
bool nested_deeper(const Json& json, size_t levels);

// Compact, or indented by two spaces with a final newline. Invalid UTF-8 in strings is replaced by
// U+FFFD rather than thrown.
std::string dump_json(const Json& json);
// Appends a string as dump_json writes it, several times as fast.
void append_json_string(std::string& out, std::string_view text);
std::string dump_json_pretty(const Json& json);

}  // namespace fundi
