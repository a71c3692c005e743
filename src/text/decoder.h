#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "text/function_ref.h"
#include "text/json_reader.h"

namespace fundi::text {

// Decoders turn a list of tokens into a list of strings, step by step, and join the last one. To
// stream, each step is fed piece by piece: a string may come whole or in parts. Text is well-formed
// UTF-8 in each part.
struct DecoderPart {
  std::string text;
  bool begins = true;  // a string of the list
  bool ends = true;
};

class DecoderStep {
 public:
  using Sink = FunctionRef<void(DecoderPart&& part)>;
  // One text's way through the step.
  class State {
   public:
    virtual ~State() = default;
    virtual void push(DecoderPart&& part, Sink next) = 0;
    virtual void finish(Sink) {}
  };

  virtual ~DecoderStep() = default;
  // `eager`: a character made of byte tokens is handed on when it is complete. Otherwise the run of
  // byte tokens is judged as a whole, which Hugging Face tokenizers does: a broken run becomes one
  // U+FFFD a byte.
  virtual std::unique_ptr<State> start(bool eager) const = 0;
  // What a token gives in the middle of a text, as raw bytes. `fused`: an earlier step made one string
  // of the whole text.
  virtual std::string inner(std::string token, bool fused) const = 0;
  virtual bool fuses() const { return false; }
};

// A DecoderStep::State that reads whole strings, for steps that cannot work on parts.
class WholeStringState : public DecoderStep::State {
 public:
  void push(DecoderPart&& part, DecoderStep::Sink next) override;

 protected:
  virtual void push_string(std::string text, DecoderStep::Sink next) = 0;

 private:
  std::string text_;
};

// One text on its way through a decoder.
class DecoderStream {
 public:
  explicit DecoderStream(std::vector<std::unique_ptr<DecoderStep::State>> states)
      : states_(std::move(states)) {}
  // Appends to `out` what became certain.
  void push(std::string token, std::string& out) { run(0, {std::move(token)}, out); }
  void finish(std::string& out);

 private:
  void run(size_t step, DecoderPart&& part, std::string& out);
  std::vector<std::unique_ptr<DecoderStep::State>> states_;
};

// The "decoder" of tokenizer.json. Immutable.
class Decoder {
 public:
  // Throws kUnsupported for an unknown type, kCorruptData for broken settings, naming the key. Null
  // joins tokens by spaces.
  static Decoder parse(const JsonReader& json);

  void add(std::shared_ptr<const DecoderStep> step) { steps_.push_back(std::move(step)); }
  // Whether ByteLevel is all there is: tokens are then bytes, independent of their neighbours.
  bool only_byte_level() const { return only_byte_level_; }
  DecoderStream start(bool eager) const;
  std::string inner(std::string_view token) const;

 private:
  void add(const JsonReader& json, int depth);
  std::vector<std::shared_ptr<const DecoderStep>> steps_;
  bool only_byte_level_ = false;
};

}  // namespace fundi::text
