#include "serve/tool_formats/all.h"

namespace fundi::serve {
namespace {

using Status = ToolParse::Status;

constexpr std::string_view kOpen = "[TOOL_CALLS]", kArguments = "[ARGS]", kCallId = "[CALL_ID]";

// A list of objects.
ToolParse parse_list(std::string_view text, size_t begin, bool last) {
  const auto length = json_length(text.substr(begin));
  if (!length) return {last ? Status::kText : Status::kIncomplete, 0, {}};
  const auto json = read_json_text(text.substr(begin, *length));
  ToolParse out{Status::kCalls, begin + *length, {}};
  if (!json || !json->is_array()) return {Status::kText, 0, {}};
  for (const Json& item : *json) {
    const auto call = call_of_json(item);
    if (!call) return {Status::kText, 0, {}};
    out.calls.push_back(*call);
  }
  return out;
}

// name[ARGS]{...}, or name[CALL_ID]id[ARGS]{...}
ToolParse parse_named(std::string_view text, size_t begin, bool last) {
  const ToolParse otherwise{last ? Status::kText : Status::kIncomplete, 0, {}};
  const size_t mark = text.find(kArguments, begin);
  if (mark == std::string_view::npos) return otherwise;
  std::string_view name = text.substr(begin, mark - begin);
  name = name.substr(0, name.find(kCallId));
  const std::string_view arguments = skip_space(text.substr(mark + kArguments.size()));
  const auto length = json_length(arguments);
  if (!length) return otherwise;
  const auto json = read_json_text(arguments.substr(0, *length));
  if (!json || !json->is_object() || name.empty()) return {Status::kText, 0, {}};
  const size_t end = text.size() - arguments.size() + *length;
  return {
      Status::kCalls, end, {{.id = "", .name = std::string(name), .arguments = dump_json(*json)}}};
}

ToolParse parse(std::string_view text, bool last) {
  const std::string_view body = skip_space(text.substr(kOpen.size()));
  const size_t begin = text.size() - body.size();
  if (body.empty()) return {last ? Status::kText : Status::kIncomplete, 0, {}};
  return body.starts_with('[') ? parse_list(text, begin, last) : parse_named(text, begin, last);
}

}  // namespace

ToolFormat mistral_tool_format() {
  return {.name = "mistral",
          .used_by = [](std::string_view source) { return source.find(kOpen) != source.npos; },
          .openers = {kOpen},
          .first_opener = "",
          .markers = {kOpen, kArguments, kCallId},
          .parse = parse};
}

}  // namespace fundi::serve
