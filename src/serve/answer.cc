#include "serve/answer.h"

#include <utility>

namespace fundi::serve {

std::vector<int32_t> shown_tokens(const AnswerOptions& options, const text::Tokenizer& tokenizer) {
  std::vector<int32_t> out;
  const auto add = [&](std::string_view token) {
    const auto id = tokenizer.token_id(token);
    if (id && tokenizer.is_special(*id)) out.push_back(*id);
  };
  if (options.tools != nullptr) {
    for (const std::string_view marker : options.tools->markers) add(marker);
  }
  if (options.reasoning != ReasoningFormat::kNone) {
    for (const ReasoningTags& tags : all_reasoning_tags()) {
      add(tags.open);
      add(tags.close);
    }
  }
  return out;
}

AnswerParser::AnswerParser(const AnswerOptions& options, std::function<std::string()> make_id)
    : options_(options), make_id_(std::move(make_id)) {
  if (options.reasoning == ReasoningFormat::kDeepseek) splitter_.emplace(options.opened);
  if (options.tools != nullptr) scanner_.emplace(*options.tools);
}

void AnswerParser::add_content(AnswerPiece& piece, std::string_view text, bool last) {
  if (!scanner_) {
    piece.content += text;
    return;
  }
  const auto add = [&](ToolCallScanner::Piece found) {
    piece.content += found.content;
    for (ToolCall& call : found.calls) {
      if (options_.one_call && called_) continue;
      called_ = true;
      call.id = make_id_();
      piece.calls.push_back(std::move(call));
    }
  };
  add(scanner_->push(text));
  if (last) add(scanner_->finish());
}

AnswerPiece AnswerParser::push(std::string_view text) {
  AnswerPiece piece;
  if (!splitter_) {
    add_content(piece, text, false);
    return piece;
  }
  const ReasoningSplitter::Piece parts = splitter_->push(text);
  piece.reasoning = parts.reasoning;
  add_content(piece, parts.content, false);
  return piece;
}

AnswerPiece AnswerParser::finish() {
  AnswerPiece piece;
  ReasoningSplitter::Piece parts;
  if (splitter_) parts = splitter_->finish();
  piece.reasoning = parts.reasoning;
  add_content(piece, parts.content, true);
  return piece;
}

}  // namespace fundi::serve
