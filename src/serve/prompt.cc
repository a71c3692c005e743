#include "serve/prompt.h"

#include <algorithm>
#include <string>

#include "base/error.h"
#include "base/hash.h"

namespace fundi::serve {
namespace {

bool forges_special(const text::Tokenizer& tokenizer, std::string_view content) {
  const std::vector<int32_t> ids = tokenizer.encode(content, false, true);
  return std::any_of(ids.begin(), ids.end(), [&](int32_t id) { return tokenizer.is_special(id); });
}

// Renders with marks in the place of the contents, then encodes the template's text with and the
// contents without special tokens. The pieces are encoded apart, so a token never spans the border
// between template and content; that differs a little from encoding the whole, which is why only
// conversations that hold special tokens come here.
std::vector<int32_t> encode_in_pieces(const text::Tokenizer& tokenizer,
                                      const std::vector<text::Message>& messages,
                                      bool add_special_tokens) {
  std::string all;
  for (const text::Message& message : messages) all += message.content;
  std::vector<text::Message> marked = messages;
  std::vector<std::string> marks;
  for (size_t i = 0; i < messages.size(); ++i) {
    // Derived from the contents, it cannot be written into them.
    marks.push_back(sha256_hex(fmt::format("{} {}", i, all)));
    marked[i].content = marks.back();
  }
  const std::string rendered = text::render_chat(tokenizer, marked, true);
  std::vector<int32_t> ids;
  size_t begin = 0;
  const auto append = [&](std::string_view piece, bool special) {
    const std::vector<int32_t> more =
        tokenizer.encode(piece, add_special_tokens && ids.empty(), special);
    ids.insert(ids.end(), more.begin(), more.end());
  };
  for (size_t i = 0; i < messages.size(); ++i) {
    const size_t at = rendered.find(marks[i], begin);
    if (at == std::string::npos) {
      fail(ErrorCode::kUnsupported,
           "messages[{}]: the model's chat template leaves this message out or changes it", i);
    }
    append(std::string_view(rendered).substr(begin, at - begin), true);
    append(messages[i].content, false);
    begin = at + marks[i].size();
  }
  append(std::string_view(rendered).substr(begin), true);
  return ids;
}

}  // namespace

std::vector<int32_t> encode_chat(const text::Tokenizer& tokenizer,
                                 const std::vector<text::Message>& messages) {
  // A template writes the beginning-of-text token itself; without one the post-processor does.
  const bool add_special_tokens = !tokenizer.chat_template().has_value();
  const bool forged = std::any_of(messages.begin(), messages.end(), [&](const auto& message) {
    return forges_special(tokenizer, message.content);
  });
  if (forged) return encode_in_pieces(tokenizer, messages, add_special_tokens);
  return tokenizer.encode(text::render_chat(tokenizer, messages, true), add_special_tokens, true);
}

std::vector<int32_t> encode_prompt(const text::Tokenizer& tokenizer, std::string_view prompt) {
  std::vector<int32_t> ids = tokenizer.encode(prompt, true, true);
  if (!ids.empty()) return ids;
  if (const auto bos = tokenizer.bos_id()) return {*bos};
  if (const auto eos = tokenizer.eos_id()) return {*eos};
  return ids;
}

}  // namespace fundi::serve
