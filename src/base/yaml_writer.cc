#include <algorithm>

#include "base/error.h"
#include "base/yaml.h"

namespace fundi {
namespace {

constexpr size_t kLine = 92;  // what is longer is written as a block

bool is_plain_character(char c) {
  const bool alphanumeric =
      (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  return alphanumeric || std::string_view("_./*+- ").find(c) != std::string_view::npos;
}

// JSON's quoted strings are YAML's too.
std::string string_text(const std::string& value, bool key) {
  const bool plain =
      !value.empty() && std::all_of(value.begin(), value.end(), is_plain_character) &&
      std::string_view("*- ").find(value.front()) == std::string_view::npos && value.back() != ' ';
  if (plain && (key || parse_yaml_json(value, "text") == Json(value))) return value;
  return dump_json(value);
}

std::string flow(const Json& json) {
  std::string text;
  const auto add = [&](const std::string& part) { text += (text.empty() ? "" : ", ") + part; };
  if (json.is_string()) return string_text(json.get<std::string>(), false);
  if (json.is_array()) {
    for (const Json& item : json) add(flow(item));
    return "[" + text + "]";
  }
  if (!json.is_object()) return dump_json(json);
  for (const auto& [key, value] : json.items()) {
    add(string_text(key, true) + ": " + flow(value));
  }
  return "{" + text + "}";
}

bool is_nested(const Json& json) {
  return std::any_of(json.begin(), json.end(), [&](const Json& item) {
    if (json.is_array() && item.is_object() && item.size() == 1) return true;
    return item.is_structured() && std::any_of(item.begin(), item.end(), [](const Json& inner) {
             return inner.is_structured() && !inner.empty();
           });
  });
}

// Starts where a line has `indent` columns already.
void block(const Json& json, size_t indent, std::string& out) {
  const std::string margin(indent, ' ');
  bool first = true;
  for (const auto& [key, value] : json.items()) {
    if (!first) out += margin;
    first = false;
    out += json.is_array() ? "- " : string_text(key, true) + ":";
    const std::string line = flow(value);
    // "- minhash: {keep: longest}", not "- {minhash: {keep: longest}}"
    const bool named = json.is_array() && value.is_object() && value.size() == 1;
    const bool fits = !named && indent + key.size() + line.size() + 4 <= kLine && !is_nested(value);
    if (!value.is_structured() || value.empty() || fits) {
      out += (json.is_array() ? "" : " ") + line + "\n";
      continue;
    }
    if (!json.is_array()) out += "\n" + margin + "  ";
    block(value, indent + 2, out);
  }
}

}  // namespace

std::string dump_yaml(const Json& json) {
  if (!json.is_structured() || json.empty()) return flow(json) + "\n";
  std::string out;
  block(json, 0, out);
  return out;
}

}  // namespace fundi
