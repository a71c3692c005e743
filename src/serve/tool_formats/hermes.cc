#include "serve/tool_formats/all.h"

namespace fundi::serve {
namespace {

constexpr std::string_view kOpen = "<tool_call>", kClose = "</tool_call>";

ToolParse parse(std::string_view text, bool last) {
  using Status = ToolParse::Status;
  const std::string_view body = text.substr(kOpen.size());
  const size_t close = body.find(kClose);
  // A model that stops behind the call without closing it has still made it.
  if (close == std::string_view::npos && !last) return {};
  const auto json = read_json_text(body.substr(0, close));
  const auto call = json ? call_of_json(*json) : std::nullopt;
  if (!call) return {Status::kText, 0, {}};
  const size_t end =
      close == std::string_view::npos ? text.size() : kOpen.size() + close + kClose.size();
  return {Status::kCalls, end, {*call}};
}

}  // namespace

ToolFormat hermes_tool_format() {
  return {.name = "hermes",
          .used_by = [](std::string_view source) { return source.find(kOpen) != source.npos; },
          .openers = {kOpen},
          .first_opener = "",
          .markers = {kOpen, kClose},
          .parse = parse};
}

}  // namespace fundi::serve
