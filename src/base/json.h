#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace fundi {

// Keys keep their order, so that files we rewrite stay readable diffs.
using Json = nlohmann::ordered_json;

// Parses text; `origin` (a path, "request body") starts the message of the kCorruptData it throws,
// which gives line and column. Nesting is limited to 256 levels. Invalid UTF-8 is an error.
Json parse_json(std::string_view text, std::string_view origin);
Json read_json(const std::filesystem::path& path);

// Compact, or indented by two spaces with a final newline. Invalid UTF-8 in strings is replaced by
// U+FFFD rather than thrown.
std::string dump_json(const Json& json);
// Appends a string as dump_json writes it, several times as fast.
void append_json_string(std::string& out, std::string_view text);
std::string dump_json_pretty(const Json& json);

}  // namespace fundi
