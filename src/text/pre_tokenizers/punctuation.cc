#include "text/pre_tokenizers/punctuation.h"

#include "text/pre_tokenizers/all.h"
#include "text/pre_tokenizers/delimiters.h"

namespace fundi::text {
namespace {

class Punctuation : public PreTokenizerStep {
 public:
  explicit Punctuation(SplitBehavior behavior) : behavior_(behavior) {}
  void split(const TextPiece& piece, Sink sink) const override {
    split_at_characters(piece, behavior_, is_punctuation, sink);
  }

 private:
  SplitBehavior behavior_;
};

}  // namespace

std::unique_ptr<PreTokenizerStep> make_punctuation(const JsonReader& json) {
  return std::make_unique<Punctuation>(parse_behavior(json, "behavior"));
}

}  // namespace fundi::text
