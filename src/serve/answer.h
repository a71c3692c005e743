#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "serve/reasoning.h"
#include "serve/tool_call.h"
#include "text/tokenizer.h"

namespace fundi::serve {

struct AnswerOptions {
  ReasoningFormat reasoning = ReasoningFormat::kNone;
  const ReasoningTags* opened = nullptr;  // by the prompt
  const ToolFormat* tools = nullptr;      // calls are looked for where it is set
  bool one_call = false;                  // further ones are dropped
};

// Markers of calls and reasoning that are special tokens, which the text of an answer is rid of
// otherwise: for models::GenerationRequest.
std::vector<int32_t> shown_tokens(const AnswerOptions& options, const text::Tokenizer& tokenizer);

// What a piece of an answer's text brought.
struct AnswerPiece {
  std::string reasoning, content;
  std::vector<ToolCall> calls;
  bool empty() const { return reasoning.empty() && content.empty() && calls.empty(); }
};

// Takes an answer apart, while it is being written, into reasoning, content and tool calls.
class AnswerParser {
 public:
  // `make_id` gives the ids of calls.
  AnswerParser(const AnswerOptions& options, std::function<std::string()> make_id);
  AnswerPiece push(std::string_view text);
  AnswerPiece finish();
  bool called() const { return called_; }  // a tool call came

 private:
  void add_content(AnswerPiece& piece, std::string_view text, bool last);
  AnswerOptions options_;
  std::function<std::string()> make_id_;
  std::optional<ReasoningSplitter> splitter_;
  std::optional<ToolCallScanner> scanner_;
  bool called_ = false;
};

}  // namespace fundi::serve
