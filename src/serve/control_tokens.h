#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "text/added_tokens.h"
#include "text/chat.h"
#include "text/jinja/traced_text.h"
#include "text/tokenizer.h"

namespace fundi::serve {

// The tokens that give a prompt its structure: the special ones ("<|im_end|>"), and those that the
// chat template writes though the tokenizer does not call them special ("<｜User｜>" of DeepSeek,
// "<tool_response>" of Qwen). What people say must not become one, or anybody could forge a turn.
class ControlTokens {
 public:
  ControlTokens(const text::Tokenizer& tokenizer, const text::ChatTemplate& chat_template);

  // Ids of a rendered conversation, in which control tokens come from the template alone. Where a
  // message spells one, that text is cut after its first character and the parts are encoded apart;
  // other prompts are encoded whole. What the assistant said keeps its tags, such as "</think>",
  // but not what structures turns.
  std::vector<int32_t> encode(const text::Tokenizer& tokenizer,
                              const text::jinja::TracedText& prompt,
                              const std::vector<text::Message>& messages,
                              bool add_special_tokens) const;

 private:
  struct Control {
    bool tag;  // allowed in what the assistant said
  };
  void add(const std::string& token, bool tag);
  std::vector<size_t> cuts(const text::jinja::TracedText& prompt,
                           const std::vector<text::Message>& messages) const;

  text::TokenFinder finder_;  // values are indices into controls_
  std::vector<Control> controls_;
};

}  // namespace fundi::serve
