#include "serve/reasoning.h"

#include <algorithm>

#include "serve/partial_match.h"

namespace fundi::serve {
namespace {

constexpr ReasoningTags kTags[] = {
    {"<think>", "</think>"},
    {"[THINK]", "[/THINK]"},
};

constexpr std::string_view kSpace = " \t\r\n";

size_t first_visible(std::string_view text) {
  return std::min(text.find_first_not_of(kSpace), text.size());
}

size_t visible_end(std::string_view text) {
  const size_t last = text.find_last_not_of(kSpace);
  return last == std::string_view::npos ? 0 : last + 1;
}

}  // namespace

std::span<const ReasoningTags> all_reasoning_tags() { return kTags; }

const ReasoningTags* opened_reasoning(std::string_view prompt) {
  prompt = prompt.substr(0, visible_end(prompt));
  for (const ReasoningTags& tags : kTags) {
    if (prompt.ends_with(tags.open)) return &tags;
  }
  return nullptr;
}

ReasoningSplitter::ReasoningSplitter(const ReasoningTags* opened)
    : state_(opened != nullptr ? State::kReasoning : State::kUndecided), tags_(opened) {}

// Whether it is known how the answer begins.
bool ReasoningSplitter::decide() {
  const size_t begin = first_visible(held_);
  const std::string_view text = std::string_view(held_).substr(begin);
  for (const ReasoningTags& tags : kTags) {
    if (text.starts_with(tags.open)) {
      held_.erase(0, begin + tags.open.size());
      tags_ = &tags;
      state_ = State::kReasoning;
      return true;
    }
    if (tags.open.starts_with(text)) return false;
  }
  state_ = State::kContent;
  at_start_ = false;  // an answer without reasoning is given as it is
  return true;
}

void ReasoningSplitter::take_reasoning(Piece& piece, bool last) {
  if (at_start_) {
    held_.erase(0, first_visible(held_));
    if (held_.empty()) return;
    at_start_ = false;
  }
  const size_t close = held_.find(tags_->close);
  const bool closed = close != std::string::npos;
  size_t end = closed ? close : held_.size();
  if (!closed && !last) end -= partial_match(held_, tags_->close);
  // White space is the reasoning's own only if more of it follows.
  end = visible_end(std::string_view(held_).substr(0, end));
  piece.reasoning += held_.substr(0, end);
  held_.erase(0, closed ? close + tags_->close.size() : end);
  if (!closed) return;
  state_ = State::kContent;
  at_start_ = true;
}

void ReasoningSplitter::take_content(Piece& piece) {
  if (at_start_) {
    held_.erase(0, first_visible(held_));
    at_start_ = held_.empty();
  }
  piece.content += held_;
  held_.clear();
}

ReasoningSplitter::Piece ReasoningSplitter::push(std::string_view text) {
  Piece piece;
  held_ += text;
  if (state_ == State::kUndecided && !decide()) return piece;
  if (state_ == State::kReasoning) take_reasoning(piece, false);
  if (state_ == State::kContent) take_content(piece);
  return piece;
}

ReasoningSplitter::Piece ReasoningSplitter::finish() {
  Piece piece;
  if (state_ == State::kUndecided) {
    state_ = State::kContent;
    at_start_ = false;
  }
  if (state_ == State::kReasoning) take_reasoning(piece, true);
  if (state_ == State::kContent) take_content(piece);
  held_.clear();
  return piece;
}

}  // namespace fundi::serve
