#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "text/function_ref.h"
#include "text/json_reader.h"

namespace fundi::text {

// A part of the normalised text.
struct TextPiece {
  std::string_view text;
  bool at_origin = false;  // see NormalizedText
};

// One way of cutting text. Immutable, shared between threads.
class PreTokenizerStep {
 public:
  using Sink = FunctionRef<void(const TextPiece& piece)>;
  virtual ~PreTokenizerStep() = default;
  // Calls sink for the parts of `piece` in order. Views last for the call; empty parts are ignored.
  virtual void split(const TextPiece& piece, Sink sink) const = 0;
};

// The "pre_tokenizer" of tokenizer.json: cuts text into words, which are encoded each on its own.
// Immutable after parsing.
class PreTokenizer {
 public:
  using Sink = FunctionRef<void(std::string_view word)>;

  // Throws kUnsupported for an unknown type, kCorruptData for broken settings, naming the key. Null
  // gives no cutting.
  static PreTokenizer parse(const JsonReader& json);

  void add(std::shared_ptr<const PreTokenizerStep> step) { steps_.push_back(std::move(step)); }

  // Whether the last step is ByteLevel, which writes words in the byte alphabet. A model that reads
  // raw bytes does without the spelling.
  bool ends_in_byte_level() const { return ends_in_byte_level_; }
  void spell_bytes() { spell_ = ends_in_byte_level_; }

  // Calls sink for each word in order; words are never empty, their views last for the call.
  void split(const TextPiece& piece, Sink sink) const { run(0, piece, sink); }

 private:
  void add(const JsonReader& json, int depth);
  void run(size_t step, const TextPiece& piece, Sink sink) const;
  std::vector<std::shared_ptr<const PreTokenizerStep>> steps_;
  bool ends_in_byte_level_ = false;
  bool spell_ = false;
};

}  // namespace fundi::text
