#pragma once

#include <string_view>

#include "base/json.h"

namespace fundi {

// One YAML document as JSON, by the YAML 1.2 core schema: plain scalars become null, bool, integer,
// float or string; quoted ones stay strings. Keys are taken as text. Anchors, aliases and the merge
// key `<<` work, with a bound on what aliases may expand to. No document gives null.
// Throws kCorruptData "origin:line:column: what" on a syntax error, a repeated key, a key that is
// not a scalar, more than 100 levels, a second document, an unknown tag, invalid UTF-8.
Json parse_yaml_json(std::string_view text, std::string_view origin);

// As a person would write it: blocks, short lists and maps on one line, quotes only where needed.
// Reads back as the same value; invalid UTF-8 becomes U+FFFD.
std::string dump_yaml(const Json& json);

}  // namespace fundi
