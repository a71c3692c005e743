#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "text/chat.h"
#include "text/tokenizer.h"

namespace fundi::serve {

// Token ids of a conversation with the assistant's turn opened. What messages say stays text: a
// special token written out in a message ("<|im_end|>") does not become that token, so that nobody
// can forge a turn. Throws as text::render_chat does.
std::vector<int32_t> encode_chat(const text::Tokenizer& tokenizer,
                                 const std::vector<text::Message>& messages);

// Token ids of a raw prompt, special tokens allowed. An empty one becomes the beginning-of-text
// token, or the end-of-text token where there is none; empty when there is neither.
std::vector<int32_t> encode_prompt(const text::Tokenizer& tokenizer, std::string_view prompt);

}  // namespace fundi::serve
