#include "data/row_encoders.h"

#include <algorithm>
#include <cctype>
#include <string>
#include <string_view>
#include <utility>

#include "base/error.h"
#include "data/chat_rows.h"
#include "data/turns.h"
#include "text/chat.h"

namespace fundi::data {
namespace {

using text::Message;
using text::Tokenizer;

const Json* find(const Json& object, const char* key) {
  const auto it = object.find(key);
  return it == object.end() || it->is_null() ? nullptr : &*it;
}

void check_row(const Json& row) {
  if (!row.is_object()) {
    fail(ErrorCode::kInvalidArgument, "a row must be a JSON object, not {}", row.type_name());
  }
}

// "tools" of a row: a list, or its JSON as a text, as tables of fixed columns keep it.
Json tools_of(const Json& row) {
  const Json* tools = find(row, "tools");
  if (tools == nullptr) return nullptr;
  Json list = tools->is_string() ? parse_json(tools->get<std::string>(), "'tools'") : *tools;
  if (!list.is_array()) fail(ErrorCode::kInvalidArgument, "'tools' must be a list");
  return list.empty() ? Json(nullptr) : list;
}

// Builds a row from pieces of text that are tokenised apart.
class RowBuilder {
 public:
  explicit RowBuilder(const Tokenizer& tokenizer) : tokenizer_(tokenizer) {}

  // With `open`, the tokenizer's own BOS before the text, though never its EOS behind it.
  void add(std::string_view text, bool learn, bool open = false) {
    std::vector<int32_t> ids = tokenizer_.encode(text, open);
    const std::optional<int32_t> eos = tokenizer_.eos_id();
    if (open && eos && eos != tokenizer_.bos_id() && !ids.empty() && ids.back() == *eos &&
        !ends_with_token(text, *eos)) {
      ids.pop_back();
    }
    const size_t learned = learn ? ids.size() : 0;
    push(ids, learned);
  }

  // A turn of the assistant: what a template puts after the token that ends the turn, a line break
  // as a rule, is never generated and so not learned.
  void add_turn(std::string_view text) {
    const std::vector<int32_t> ids = tokenizer_.encode(text);
    size_t end = ids.size();
    while (end > 0 && !tokenizer_.is_special(ids[end - 1]) && is_blank(ids[end - 1])) --end;
    const bool closed = end > 0 && tokenizer_.is_special(ids[end - 1]);
    push(ids, closed ? end : ids.size());
    closed_ = closed;
  }

  bool closed() const { return closed_; }

  void add_eos() {
    const std::optional<int32_t> eos = tokenizer_.eos_id();
    if (!eos || (!row_.tokens.empty() && row_.tokens.back() == *eos)) return;
    push({*eos}, 1);
  }

  TokenRow take(bool learn_all) {
    if (learn_all && !row_.tokens.empty()) {
      row_.loss = {{.begin = 0, .end = static_cast<int32_t>(row_.tokens.size())}};
    }
    return std::move(row_);
  }

 private:
  void push(const std::vector<int32_t>& ids, size_t learned) {
    const auto begin = static_cast<int32_t>(row_.tokens.size());
    row_.tokens.insert(row_.tokens.end(), ids.begin(), ids.end());
    if (learned == 0) return;
    const int32_t end = begin + static_cast<int32_t>(learned);
    if (!row_.loss.empty() && row_.loss.back().end == begin) {
      row_.loss.back().end = end;
    } else {
      row_.loss.push_back({.begin = begin, .end = end});
    }
  }

  bool is_blank(int32_t id) const {
    const std::string bytes = tokenizer_.token_bytes(id);
    return std::all_of(bytes.begin(), bytes.end(),
                       [](char c) { return std::isspace(static_cast<unsigned char>(c)) != 0; });
  }

  bool ends_with_token(std::string_view text, int32_t id) const {
    return text.ends_with(tokenizer_.token(id));
  }

  const Tokenizer& tokenizer_;
  TokenRow row_;
  bool closed_ = false;
};

// Turns of the assistant from message `first` on are learned.
TokenRow encode_messages(std::vector<Message> messages, Json tools, size_t first,
                         const Tokenizer& tokenizer, bool completion_only) {
  text::Conversation conversation;
  conversation.messages = std::move(messages);
  conversation.tools = std::move(tools);
  RowBuilder builder(tokenizer);
  bool open = !tokenizer.chat_template();
  for (const Segment& segment : split_turns(text::ChatTemplate(tokenizer), conversation, first)) {
    if (segment.turn) {
      builder.add_turn(segment.text);
    } else {
      builder.add(segment.text, false, open);
      open = false;
    }
  }
  if (!builder.closed()) builder.add_eos();
  return builder.take(!completion_only);
}

TokenRow encode_plain(const std::string& prompt, const std::string& completion,
                      const Tokenizer& tokenizer, bool completion_only) {
  RowBuilder builder(tokenizer);
  builder.add(prompt, false, true);
  builder.add(completion, true);
  builder.add_eos();
  return builder.take(!completion_only);
}

// The texts before the answer as one; of Alpaca's, an empty line parts it from the answer, since
// nothing else would.
std::string plain_prompt(const ChatRow& chat) {
  std::string prompt;
  for (size_t i = 0; i < chat.prompt; ++i) {
    if (i > 0) prompt += "\n\n";
    prompt += chat.messages[i].at("content").get_ref<const std::string&>();
  }
  return chat.form == ChatRow::Form::kInstruction ? prompt + "\n\n" : prompt;
}

TokenRow encode_chat(ChatRow chat, Json tools, const Tokenizer& tokenizer,
                     const ConversationOptions& options) {
  if (chat.form != ChatRow::Form::kTurns && !options.chat) {
    return encode_plain(plain_prompt(chat), chat.messages.back().at("content"), tokenizer,
                        options.completion_only);
  }
  std::vector<Message> messages;
  for (Json& message : chat.messages) messages.emplace_back(std::move(message));
  return encode_messages(std::move(messages), std::move(tools), chat.prompt, tokenizer,
                         options.completion_only);
}

}  // namespace

TokenRow encode_text_row(const Json& row, const Tokenizer& tokenizer) {
  check_row(row);
  const Json* text = find(row, "text");
  if (text == nullptr) fail(ErrorCode::kInvalidArgument, "the key 'text' is missing");
  if (!text->is_string()) {
    fail(ErrorCode::kInvalidArgument, "'text' must be a string, not {}", text->type_name());
  }
  if (text->get_ref<const std::string&>().empty()) return {};
  RowBuilder builder(tokenizer);
  builder.add(text->get_ref<const std::string&>(), true, true);
  builder.add_eos();
  return builder.take(true);
}

TokenRow encode_conversation_row(const Json& row, const Tokenizer& tokenizer,
                                 const ConversationOptions& options) {
  check_row(row);
  Json rest = row;
  if (std::optional<ChatRow> chat = take_chat(rest)) {
    return encode_chat(*std::move(chat), tools_of(rest), tokenizer, options);
  }
  if (find(row, "text") != nullptr) return encode_text_row(row, tokenizer);
  fail(ErrorCode::kInvalidArgument,
       "a row needs 'messages', 'conversations', 'prompt' with 'completion', 'instruction' with "
       "'output', or 'text'; this one has {}",
       row.empty() ? "no key" : "'" + row.begin().key() + "' first");
}

std::optional<int32_t> end_of_turn_id(const Tokenizer& tokenizer) {
  if (!tokenizer.chat_template()) return std::nullopt;
  try {
    text::Conversation conversation;
    conversation.messages = {{"user", "question"}, {"assistant", "answer"}};
    const text::jinja::TracedText text = text::ChatTemplate(tokenizer).render(conversation);
    size_t said = 0;
    for (const auto& run : text.runs()) {
      if (run.source == conversation.messages.size()) said = run.end;
    }
    const std::vector<int32_t> ids = tokenizer.encode(text.view().substr(said));
    const auto end =
        std::find_if(ids.begin(), ids.end(), [&](int32_t id) { return tokenizer.is_special(id); });
    return said == 0 || end == ids.end() ? std::nullopt : std::optional(*end);
  } catch (const Error& e) {
    // A template that cannot be rendered is an error of the rows that need it, not of others.
    if (e.code() == ErrorCode::kInternal) throw;
    return std::nullopt;
  }
}

}  // namespace fundi::data
