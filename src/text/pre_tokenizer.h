#pragma once

#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include "text/json_reader.h"
#include "text/scanners/scanner.h"

namespace fundi::text {

// The "pre_tokenizer" of tokenizer.json: cuts text into words, which are merged each on its own.
// Immutable. Supported: ByteLevel, Split (Isolated; Removed with invert) by a known expression,
// Digits, and a Sequence of these.
class PreTokenizer {
 public:
  using Sink = std::function<void(std::string_view word)>;

  // Throws kUnsupported naming the type or pattern.
  static PreTokenizer parse(const JsonReader& json);

  // Whether a ByteLevel step is there: words are then spelled in the byte alphabet.
  bool byte_level() const { return byte_level_; }

  // Calls sink for each word in order; words are never empty, their views last for the call.
  void split(std::string_view text, const Sink& sink) const { run(0, text, sink); }

 private:
  struct Step {
    std::shared_ptr<const Scanner> scanner;  // null: no cutting
    bool drop_gaps = false;                  // text between matches is removed, not kept as a word
    bool add_prefix_space = false;
  };
  void add(const JsonReader& json, int depth);
  void run(size_t step, std::string_view piece, const Sink& sink) const;
  std::vector<Step> steps_;
  bool byte_level_ = false;
};

}  // namespace fundi::text
