#include <optional>

#include "base/text.h"
#include "text/decoders/all.h"

namespace fundi::text {
namespace {

// Connectionist temporal classification: repeated tokens count once, padding is left out.
class CtcDecoder : public DecoderStep {
 public:
  explicit CtcDecoder(const JsonReader& json)
      : pad_(json.string("pad_token", "<pad>")),
        delimiter_(json.string("word_delimiter_token", "|")),
        cleanup_(json.boolean("cleanup", true)) {}

  std::unique_ptr<State> start(bool) const override { return std::make_unique<Counting>(*this); }
  std::string inner(std::string token, bool) const override { return cleaned(std::move(token)); }

 private:
  std::string cleaned(std::string token) const {
    if (!pad_.empty()) token = replace_all(std::move(token), pad_, "");
    if (!cleanup_) return token;
    token = clean_up_spaces(std::move(token));
    return delimiter_.empty() ? token : replace_all(std::move(token), delimiter_, " ");
  }

  class Counting : public WholeStringState {
   public:
    explicit Counting(const CtcDecoder& step) : step_(step) {}

   protected:
    void push_string(std::string text, Sink next) override {
      if (last_ == text) return;
      last_ = text;
      if (std::string clean = step_.cleaned(std::move(text)); !clean.empty()) {
        next({std::move(clean)});
      }
    }

   private:
    const CtcDecoder& step_;
    std::optional<std::string> last_;
  };

  std::string pad_, delimiter_;
  bool cleanup_;
};

}  // namespace

std::unique_ptr<DecoderStep> make_ctc_decoder(const JsonReader& json) {
  return std::make_unique<CtcDecoder>(json);
}

}  // namespace fundi::text
