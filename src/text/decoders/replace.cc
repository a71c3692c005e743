#include "text/decoders/all.h"
#include "text/pattern.h"
#include "text/utf8.h"

namespace fundi::text {
namespace {

class Replace : public DecoderStep {
 public:
  explicit Replace(const JsonReader& json)
      : pattern_(parse_pattern(json.child("pattern"))), content_(json.child("content").string()) {
    const JsonReader pattern = json.child("pattern");
    if (!pattern.has("String")) return;
    const std::string_view text = pattern.child("String").string();
    one_character_ = !text.empty() && code_point_at(text, 0).length == text.size();
  }

  std::unique_ptr<State> start(bool) const override {
    if (one_character_) return std::make_unique<ReplacingParts>(*this);
    return std::make_unique<ReplacingStrings>(*this);
  }
  std::string inner(std::string token, bool) const override { return replaced(token); }

 private:
  std::string replaced(std::string_view text) const {
    std::string out;
    size_t done = 0;
    pattern_->matches(text, [&](size_t begin, size_t end) {
      out.append(text, done, begin - done).append(content_);
      done = end;
    });
    return out.append(text, done);
  }

  class ReplacingParts : public State {
   public:
    explicit ReplacingParts(const Replace& step) : step_(step) {}
    void push(DecoderPart&& part, Sink next) override {
      next({step_.replaced(part.text), part.begins, part.ends});
    }

   private:
    const Replace& step_;
  };

  class ReplacingStrings : public WholeStringState {
   public:
    explicit ReplacingStrings(const Replace& step) : step_(step) {}

   protected:
    void push_string(std::string text, Sink next) override { next({step_.replaced(text)}); }

   private:
    const Replace& step_;
  };

  std::shared_ptr<const Pattern> pattern_;
  std::string content_;
  bool one_character_ = false;  // then parts of strings do as well
};

}  // namespace

std::unique_ptr<DecoderStep> make_replace_decoder(const JsonReader& json) {
  return std::make_unique<Replace>(json);
}

}  // namespace fundi::text
