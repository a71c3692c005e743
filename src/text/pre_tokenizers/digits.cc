#include "text/pre_tokenizers/all.h"
#include "text/pre_tokenizers/delimiters.h"
#include "text/unicode_data.h"

namespace fundi::text {
namespace {

class Digits : public PreTokenizerStep {
 public:
  explicit Digits(bool individual)
      : behavior_(individual ? SplitBehavior::kIsolated : SplitBehavior::kContiguous) {}
  void split(const TextPiece& piece, Sink sink) const override {
    split_at_characters(piece, behavior_, is_numeric, sink);
  }

 private:
  SplitBehavior behavior_;
};

}  // namespace

std::unique_ptr<PreTokenizerStep> make_digits(const JsonReader& json) {
  return std::make_unique<Digits>(json.boolean("individual_digits", false));
}

}  // namespace fundi::text
