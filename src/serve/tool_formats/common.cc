#include <algorithm>

#include "base/error.h"
#include "serve/tool_formats/all.h"

namespace fundi::serve {

std::optional<size_t> json_length(std::string_view text) {
  int depth = 0;
  bool quoted = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted) {
      if (c == '\\') ++i;
      quoted = c != '"';
    } else if (c == '"') {
      quoted = true;
    } else if (c == '{' || c == '[') {
      ++depth;
    } else if (c == '}' || c == ']') {
      if (--depth <= 0) return i + 1;
    }
  }
  return std::nullopt;
}

std::optional<Json> read_json_text(std::string_view text) {
  try {
    return parse_json(text, "tool call");
  } catch (const Error&) {
    return std::nullopt;
  }
}

std::optional<std::string> arguments_of_json(const Json& json) {
  if (json.is_object()) return dump_json(json);
  if (!json.is_string()) return std::nullopt;
  const auto inner = read_json_text(json.get_ref<const std::string&>());
  if (!inner || !inner->is_object()) return std::nullopt;
  return json.get<std::string>();
}

std::optional<ToolCall> call_of_json(const Json& json) {
  if (!json.is_object()) return std::nullopt;
  const auto name = json.find("name");
  if (name == json.end() || !name->is_string()) return std::nullopt;
  ToolCall call{.id = "", .name = name->get<std::string>(), .arguments = "{}"};
  for (const char* key : {"arguments", "parameters"}) {
    const auto found = json.find(key);
    if (found == json.end() || found->is_null()) continue;
    const auto arguments = arguments_of_json(*found);
    if (!arguments) return std::nullopt;
    call.arguments = *arguments;
    return call;
  }
  return call;
}

std::string_view skip_space(std::string_view text) {
  return text.substr(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
}

}  // namespace fundi::serve
