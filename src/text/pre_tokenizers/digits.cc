#include "text/char_class.h"
#include "text/pre_tokenizers/all.h"
#include "text/pre_tokenizers/delimiters.h"

namespace fundi::text {
namespace {

class Digits : public PreTokenizerStep {
 public:
  explicit Digits(bool individual)
      : behavior_(individual ? SplitBehavior::kIsolated : SplitBehavior::kContiguous) {}
  void split(const TextPiece& piece, Sink sink) const override {
    const uint8_t* const classes = char_classes();
    split_at_characters(
        piece, behavior_, [&](char32_t c) { return classes[c] == kNumber; }, sink);
  }

 private:
  SplitBehavior behavior_;
};

}  // namespace

std::unique_ptr<PreTokenizerStep> make_digits(const JsonReader& json) {
  return std::make_unique<Digits>(json.boolean("individual_digits", false));
}

}  // namespace fundi::text
