#pragma once

#include <span>
#include <string>
#include <string_view>

namespace fundi::serve {

// What is done with the reasoning that a model writes before its answer.
enum class ReasoningFormat {
  kNone,      // it stays part of the text
  kDeepseek,  // it is told apart, as the DeepSeek API does in `reasoning_content`
};

struct ReasoningTags {
  std::string_view open, close;
};
// The known ones: a new pair is one line.
std::span<const ReasoningTags> all_reasoning_tags();

// The tags that a prompt has opened at its end; null where it has opened none.
const ReasoningTags* opened_reasoning(std::string_view prompt);

// Tells the reasoning of an answer from the rest while it is being written. The reasoning stands
// at the beginning, between tags; where the prompt has opened it, the answer begins inside. White
// space around both parts is dropped. Never gives out a part of a tag.
class ReasoningSplitter {
 public:
  // `opened` as from opened_reasoning().
  explicit ReasoningSplitter(const ReasoningTags* opened);

  struct Piece {
    std::string reasoning, content;
  };
  Piece push(std::string_view text);
  Piece finish();  // what was held back, when no more text comes

 private:
  bool decide();
  void take_reasoning(Piece& piece, bool last);
  void take_content(Piece& piece);

  enum class State { kUndecided, kReasoning, kContent };
  State state_;
  const ReasoningTags* tags_;
  std::string held_;
  bool at_start_ = true;  // of the part: its white space is still to be dropped
};

}  // namespace fundi::serve
