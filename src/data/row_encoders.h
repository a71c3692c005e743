#pragma once

#include <optional>

#include "base/json.h"
#include "data/token_rows.h"
#include "text/tokenizer.h"

namespace fundi::data {

// {"text"}: the tokenizer's special tokens (BOS) around it, EOS appended where absent; everything
// is learned. An empty text gives an empty row.
TokenRow encode_text_row(const Json& row, const text::Tokenizer& tokenizer);

struct ConversationOptions {
  bool completion_only = true;  // learn what the assistant says; false: all of it
  bool chat = false;  // lay {"prompt", "completion"} strings out by the chat template, too
};

// A row with a conversation in one of the forms of chat_rows.h, or with a text:
//   turns: rendered by the chat template with "tools", where the row has them, and whatever else
//       the messages hold; learned is each turn of the assistant up to the token that ends it
//       (turns.h), of lists under prompt and completion only those of the completion;
//   one prompt and one completion, each a text: learned is the completion and the EOS that is
//       appended where absent;
//   {"text"}: as encode_text_row.
// Prompt and completion are tokenised apart, because at inference the prompt is tokenised alone.
// Throws as take_chat, and what split_turns throws.
TokenRow encode_conversation_row(const Json& row, const text::Tokenizer& tokenizer,
                                 const ConversationOptions& options);

// The special token that ends a turn in the tokenizer's chat template; none without a template.
std::optional<int32_t> end_of_turn_id(const text::Tokenizer& tokenizer);

}  // namespace fundi::data
