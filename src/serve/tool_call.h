#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"

namespace fundi::serve {

// A function that the model wants called.
struct ToolCall {
  std::string id;  // nine letters and digits, which the template of Mistral insists on
  std::string name;
  std::string arguments;  // a JSON object as text
};

// What stands at the head of a text that begins with an opener of its format.
struct ToolParse {
  enum class Status {
    kIncomplete,  // more text is needed to tell
    kCalls,       // `calls` (perhaps none: a marker alone) in the first `length` bytes
    kText         // no call after all
  };
  Status status = Status::kIncomplete;
  size_t length = 0;
  std::vector<ToolCall> calls;  // without ids
};

// How the models of a family write calls.
struct ToolFormat {
  std::string_view name;
  // Whether a chat template is of the family.
  bool (*used_by)(std::string_view chat_template);
  // What calls begin with.
  std::vector<std::string_view> openers;
  // One that counts only at the beginning of an answer; empty: none.
  std::string_view first_opener;
  // Tokens that must be spelled out in the text, even where they are special.
  std::vector<std::string_view> markers;
  // Requires a text that begins with an opener. `last`: no more text comes; it then is not
  // kIncomplete.
  ToolParse (*parse)(std::string_view text, bool last);
};

// The explicit list: a new format is one file and one line.
const std::vector<ToolFormat>& all_tool_formats();

// The format of a chat template; null where none is known.
const ToolFormat* tool_format_of(std::string_view chat_template);

// Finds calls in the text of an answer while it is being written, and the text around them. Never
// gives out a part of a call as text.
class ToolCallScanner {
 public:
  explicit ToolCallScanner(const ToolFormat& format) : format_(format) {}

  struct Piece {
    std::string content;
    std::vector<ToolCall> calls;
  };
  Piece push(std::string_view text);
  Piece finish();

 private:
  Piece take(bool last);
  size_t find_opener() const;
  size_t certain_text() const;

  const ToolFormat& format_;
  std::string held_;
  bool at_start_ = true;     // only white space has come
  bool after_call_ = false;  // white space behind a call is dropped
};

}  // namespace fundi::serve
