#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "text/tokenizer.h"

namespace fundi::text {

struct Message {
  std::string role;  // "system", "user", "assistant"
  std::string content;
};

// The chat template fundi gives to models it trains: ChatML, as Jinja source. Stored in
// tokenizer_config.json / chat_template.jinja; transformers renders the same text from it.
std::string_view chatml_template();

// The prompt of a conversation, with the opening of the assistant's turn when
// add_generation_prompt. A model without a template gets the contents, each on a line of its own
// (so /v1/chat/completions works on a base model). Templates other than the ones known by their
// exact text are kUnsupported until the template interpreter exists.
std::string render_chat(const Tokenizer& tokenizer, const std::vector<Message>& messages,
                        bool add_generation_prompt);

}  // namespace fundi::text
