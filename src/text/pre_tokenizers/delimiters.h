#pragma once

#include <cstddef>
#include <string_view>

#include "text/json_reader.h"
#include "text/pre_tokenizer.h"
#include "text/utf8.h"

namespace fundi::text {

// What becomes of the delimiters that a text is cut at. Of "the-final--countdown":
enum class SplitBehavior {
  kRemoved,             // the, final, countdown
  kIsolated,            // the, -, final, -, -, countdown
  kMergedWithPrevious,  // the-, final-, -, countdown
  kMergedWithNext,      // the, -final, -, -countdown
  kContiguous,          // the, -, final, --, countdown
};
SplitBehavior parse_behavior(const JsonReader& json, std::string_view key);

// Cuts one piece: told the delimiters in order, hands on the parts.
class DelimiterSplitter {
 public:
  // With `invert`, the text between what is told counts as the delimiters.
  DelimiterSplitter(const TextPiece& piece, SplitBehavior behavior, bool invert,
                    PreTokenizerStep::Sink sink)
      : piece_(piece), behavior_(behavior), invert_(invert), sink_(sink) {}

  void delimiter(size_t begin, size_t end) {
    if (begin > done_) segment({done_, begin, invert_});
    segment({begin, end, !invert_});
    done_ = end;
  }
  void finish() {
    if (done_ < piece_.text.size()) segment({done_, piece_.text.size(), invert_});
    flush();
  }

 private:
  struct Segment {
    size_t begin = 0, end = 0;
    bool delimiter = false;
  };
  void segment(const Segment& next);
  void emit(size_t begin, size_t end) {
    sink_({piece_.text.substr(begin, end - begin), piece_.at_origin && begin == 0});
  }
  void flush() {
    if (has_pending_) emit(pending_.begin, pending_.end);
    has_pending_ = false;
  }

  const TextPiece& piece_;
  SplitBehavior behavior_;
  bool invert_;
  PreTokenizerStep::Sink sink_;
  size_t done_ = 0;
  Segment pending_;
  bool has_pending_ = false;
  bool previous_delimiter_ = false;
};

inline void DelimiterSplitter::segment(const Segment& next) {
  bool joins = false;  // the pending segment
  switch (behavior_) {
    case SplitBehavior::kRemoved:
      if (!next.delimiter) emit(next.begin, next.end);
      return;
    case SplitBehavior::kIsolated:
      return emit(next.begin, next.end);
    case SplitBehavior::kMergedWithPrevious:
      joins = next.delimiter && !previous_delimiter_;
      break;
    case SplitBehavior::kMergedWithNext:
      joins = !next.delimiter && previous_delimiter_;
      break;
    case SplitBehavior::kContiguous:
      joins = next.delimiter == previous_delimiter_;
      break;
  }
  previous_delimiter_ = next.delimiter;
  if (joins && has_pending_) {
    pending_.end = next.end;
  } else {
    flush();
    pending_ = next;
    has_pending_ = true;
  }
}

// Cuts at the characters for which is_delimiter(c), each a delimiter of its own.
template <typename Predicate>
void split_at_characters(const TextPiece& piece, SplitBehavior behavior, Predicate is_delimiter,
                         PreTokenizerStep::Sink sink) {
  DelimiterSplitter splitter(piece, behavior, false, sink);
  for (size_t pos = 0; pos < piece.text.size();) {
    const CodePoint c = code_point_at(piece.text, pos);
    if (is_delimiter(c.value)) splitter.delimiter(pos, pos + c.length);
    pos += c.length;
  }
  splitter.finish();
}

}  // namespace fundi::text
