#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "serve/control_tokens.h"
#include "serve/reasoning.h"
#include "text/chat.h"
#include "text/tokenizer.h"

namespace fundi::serve {

struct ChatOptions {
  std::optional<std::string> chat_template;  // in the place of the model's own
  Json arguments = Json::object();           // variables of the template for every conversation
  ReasoningFormat reasoning = ReasoningFormat::kDeepseek;
};

// A prompt, and what the answer to it begins inside of.
struct ChatPrompt {
  std::vector<int32_t> ids;
  const ReasoningTags* opened = nullptr;  // the reasoning that the template has opened
};

// Turns conversations into token ids with the assistant's turn opened. What messages and tools say
// stays text: a control token written out in one ("<|im_end|>") does not become that token, so that
// nobody can forge a turn. Immutable; safe to share between threads.
class ChatEncoder {
 public:
  // Throws as text::ChatTemplate does.
  explicit ChatEncoder(std::shared_ptr<const text::Tokenizer> tokenizer, ChatOptions options = {});

  const text::ChatTemplate& chat_template() const { return template_; }
  const ChatOptions& options() const { return options_; }

  // `add_generation_prompt` is set here. Throws as text::ChatTemplate::render does.
  ChatPrompt encode(text::Conversation conversation) const;

 private:
  text::jinja::TracedText render(const text::Conversation& conversation) const;
  std::shared_ptr<const text::Tokenizer> tokenizer_;
  ChatOptions options_;
  text::ChatTemplate template_;
  ControlTokens control_;
};

// Token ids of a raw prompt, special tokens allowed. An empty one becomes the beginning-of-text
// token, or the end-of-text token where there is none; empty when there is neither.
std::vector<int32_t> encode_prompt(const text::Tokenizer& tokenizer, std::string_view prompt);

}  // namespace fundi::serve
