#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "base/json.h"

namespace fundi::data {

// The conversation of a row, whichever of the forms that go around it has:
//   {"messages": [{"role", "content"}...]}              OpenAI's
//   {"conversations": [{"from", "value"}...]}           ShareGPT's, with those keys or OpenAI's;
//                                                       of a turn with both, OpenAI's count
//   {"prompt", "completion"}                            texts, or lists of messages
//   {"instruction", "input"?, "output"}                 Alpaca's
// Beside the latter three, a text under "system" comes first. Roles get their usual names: "human"
// is "user", "gpt", "model" and "bot" are "assistant", "function" and "observation" are "tool".
struct ChatRow {
  enum class Form { kTurns, kPrompt, kInstruction };
  Form form = Form::kTurns;    // the others: one question and its answer, each a text
  std::vector<Json> messages;  // {"role", "content", and what else it brings}; the content is a
                               // text, a list of parts or, beside "tool_calls", null
  size_t prompt = 0;           // how many messages come before the completion, where there is one
};

// Takes the keys of the conversation out of `row`, an object; nothing where it has none of the
// forms. Throws kInvalidArgument naming the key, and the message in a list, that is missing or of
// another type, or where the row is nested deeper than kMaxRowDepth.
std::optional<ChatRow> take_chat(Json& row);

}  // namespace fundi::data
