#include <algorithm>

#include "serve/tool_formats/all.h"

namespace fundi::serve {
namespace {

using Status = ToolParse::Status;

constexpr std::string_view kPythonTag = "<|python_tag|>";

bool is_name_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '-';
}

// brave_search.call(query="...", count=3): how Llama 3.1 calls its built-in tools. The values are
// JSON.
std::optional<ToolCall> built_in_call(std::string_view text) {
  constexpr std::string_view kCall = ".call(";
  const auto* const end = std::find_if_not(text.begin(), text.end(), is_name_char);
  const auto length = static_cast<size_t>(end - text.begin());
  if (length == 0 || !text.substr(length).starts_with(kCall)) return std::nullopt;
  std::string_view rest = text.substr(length + kCall.size());
  Json arguments = Json::object();
  for (rest = skip_space(rest); !rest.starts_with(')'); rest = skip_space(rest)) {
    const size_t equals = rest.find('=');
    if (equals == std::string_view::npos) return std::nullopt;
    const std::string key(rest.substr(0, equals));
    rest.remove_prefix(equals + 1);
    // The value ends before a comma or the bracket that leaves valid JSON.
    size_t stop = 0;
    std::optional<Json> value;
    while (!value) {
      stop = rest.find_first_of(",)", stop == 0 ? 0 : stop + 1);
      if (stop == std::string_view::npos) return std::nullopt;
      value = read_json_text(rest.substr(0, stop));
      if (stop == 0) return std::nullopt;
    }
    arguments[key] = *value;
    rest.remove_prefix(rest[stop] == ',' ? stop + 1 : stop);
  }
  return ToolCall{
      .id = "", .name = std::string(text.substr(0, length)), .arguments = dump_json(arguments)};
}

// One object or several, with semicolons between them.
ToolParse parse_objects(std::string_view text, size_t done, bool last) {
  ToolParse parse{Status::kCalls, done, {}};
  for (;;) {
    const std::string_view rest = text.substr(parse.length);
    const auto length = json_length(rest);
    if (!length && !last) return {};
    const auto json = length ? read_json_text(rest.substr(0, *length)) : std::nullopt;
    const auto call = json ? call_of_json(*json) : std::nullopt;
    if (!call) return parse.calls.empty() ? ToolParse{Status::kText, 0, {}} : parse;
    parse.calls.push_back(*call);
    parse.length += *length;
    std::string_view after = skip_space(text.substr(parse.length));
    if (after.starts_with(';')) after = skip_space(after.substr(1));
    if (after.empty() && !last) return {};  // another may follow
    if (!after.starts_with('{')) return parse;
    parse.length = text.size() - after.size();
  }
}

ToolParse parse(std::string_view text, bool last) {
  if (text.starts_with('{')) return parse_objects(text, 0, last);
  const std::string_view body = skip_space(text.substr(kPythonTag.size()));
  if (body.empty() && !last) return {};
  const size_t begin = text.size() - body.size();
  if (body.starts_with('{')) return parse_objects(text, begin, last);
  // Code goes on to the end of the answer.
  if (!last) return {};
  const auto call = built_in_call(body);
  return call ? ToolParse{Status::kCalls, text.size(), {*call}} : ToolParse{Status::kText, 0, {}};
}

}  // namespace

ToolFormat llama3_tool_format() {
  return {.name = "llama3",
          .used_by =
              [](std::string_view source) {
                return source.find(kPythonTag) != source.npos ||
                       (source.find("<|start_header_id|>") != source.npos &&
                        source.find("tool_calls") != source.npos);
              },
          .openers = {kPythonTag},
          .first_opener = "{",
          .markers = {kPythonTag},
          .parse = parse};
}

}  // namespace fundi::serve
