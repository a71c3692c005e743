#include "serve/tool_formats/all.h"

namespace fundi::serve {
namespace {

using Status = ToolParse::Status;

constexpr std::string_view kCallsBegin = "<｜tool▁calls▁begin｜>",
                           kCallsEnd = "<｜tool▁calls▁end｜>";
constexpr std::string_view kBegin = "<｜tool▁call▁begin｜>", kEnd = "<｜tool▁call▁end｜>";
constexpr std::string_view kSeparator = "<｜tool▁sep｜>";

// V3 and R1: type, separator, name, and the arguments in a block of code. V3.1: name, separator,
// arguments.
std::optional<ToolCall> read_call(std::string_view body) {
  constexpr std::string_view kFence = "```";
  const size_t separator = body.find(kSeparator);
  if (separator == std::string_view::npos) return std::nullopt;
  std::string_view name = body.substr(0, separator);
  std::string_view arguments = skip_space(body.substr(separator + kSeparator.size()));
  if (const size_t fence = arguments.find(kFence);
      !arguments.starts_with('{') && fence != std::string_view::npos) {
    name = arguments.substr(0, fence);
    arguments = arguments.substr(fence + kFence.size());
    const size_t begin = arguments.find('{');
    if (begin == std::string_view::npos) return std::nullopt;
    arguments = arguments.substr(begin);
  }
  const auto length = json_length(arguments);
  const auto json = length ? read_json_text(arguments.substr(0, *length)) : std::nullopt;
  if (!json || !json->is_object()) return std::nullopt;
  name = skip_space(name);
  name = name.substr(0, name.find_last_not_of(" \t\r\n") + 1);
  if (name.empty()) return std::nullopt;
  return ToolCall{.id = "", .name = std::string(name), .arguments = dump_json(*json)};
}

ToolParse parse(std::string_view text, bool last) {
  // The marks around all calls carry nothing.
  for (const std::string_view mark : {kCallsBegin, kCallsEnd}) {
    if (text.starts_with(mark)) return {Status::kCalls, mark.size(), {}};
  }
  const std::string_view body = text.substr(kBegin.size());
  const size_t end = body.find(kEnd);
  if (end == std::string_view::npos && !last) return {};
  const auto call = read_call(body.substr(0, end));
  if (!call) return {Status::kText, 0, {}};
  const size_t length =
      end == std::string_view::npos ? text.size() : kBegin.size() + end + kEnd.size();
  return {Status::kCalls, length, {*call}};
}

}  // namespace

ToolFormat deepseek_tool_format() {
  return {.name = "deepseek",
          .used_by = [](std::string_view source) { return source.find(kBegin) != source.npos; },
          .openers = {kCallsBegin, kBegin, kCallsEnd},
          .first_opener = "",
          .markers = {kCallsBegin, kCallsEnd, kBegin, kEnd, kSeparator},
          .parse = parse};
}

}  // namespace fundi::serve
