#include "serve/tool_call.h"

#include <algorithm>
#include <utility>

#include "serve/partial_match.h"
#include "serve/tool_formats/all.h"

namespace fundi::serve {
namespace {

constexpr std::string_view kSpace = " \t\r\n";

}  // namespace

const std::vector<ToolFormat>& all_tool_formats() {
  static const std::vector<ToolFormat> formats = {
      deepseek_tool_format(),
      mistral_tool_format(),
      hermes_tool_format(),
      llama3_tool_format(),
  };
  return formats;
}

const ToolFormat* tool_format_of(std::string_view chat_template) {
  for (const ToolFormat& format : all_tool_formats()) {
    if (format.used_by(chat_template)) return &format;
  }
  return nullptr;
}

// The place where a call may begin, or npos.
size_t ToolCallScanner::find_opener() const {
  size_t best = std::string::npos;
  for (const std::string_view opener : format_.openers) best = std::min(best, held_.find(opener));
  if (at_start_ && !format_.first_opener.empty()) {
    const size_t begin = held_.find_first_not_of(kSpace);
    if (begin != std::string::npos &&
        held_.compare(begin, format_.first_opener.size(), format_.first_opener) == 0) {
      best = std::min(best, begin);
    }
  }
  return best;
}

// How many bytes of the held text are surely no part of a call, nor white space before one.
size_t ToolCallScanner::certain_text() const {
  size_t partial = 0;
  for (const std::string_view opener : format_.openers) {
    partial = std::max(partial, partial_match(held_, opener));
  }
  const std::string_view text = std::string_view(held_).substr(0, held_.size() - partial);
  const size_t last = text.find_last_not_of(kSpace);
  return last == std::string_view::npos ? 0 : last + 1;
}

ToolCallScanner::Piece ToolCallScanner::take(bool last) {
  Piece piece;
  const auto give = [&](size_t bytes) {
    std::string text = held_.substr(0, bytes);
    held_.erase(0, bytes);
    if (after_call_) text.erase(0, std::min(text.find_first_not_of(kSpace), text.size()));
    if (!text.empty()) after_call_ = false;
    at_start_ = at_start_ && text.find_first_not_of(kSpace) == std::string::npos;
    piece.content += text;
  };
  for (;;) {
    const size_t opener = find_opener();
    if (opener == std::string::npos) {
      give(last ? held_.size() : certain_text());
      return piece;
    }
    // White space before a call belongs to nothing.
    const size_t visible = std::string_view(held_).substr(0, opener).find_last_not_of(kSpace);
    const size_t text = visible == std::string_view::npos ? 0 : visible + 1;
    give(text);
    held_.erase(0, opener - text);
    ToolParse parse = format_.parse(held_, last);
    if (parse.status == ToolParse::Status::kIncomplete) return piece;
    if (parse.status == ToolParse::Status::kText) {
      // The opener is text; what follows it may yet hold a call.
      give(1);
      at_start_ = false;
      continue;
    }
    held_.erase(0, parse.length);
    at_start_ = false;
    after_call_ = true;
    std::move(parse.calls.begin(), parse.calls.end(), std::back_inserter(piece.calls));
  }
}

ToolCallScanner::Piece ToolCallScanner::push(std::string_view text) {
  held_ += text;
  return take(false);
}

ToolCallScanner::Piece ToolCallScanner::finish() { return take(true); }

}  // namespace fundi::serve
