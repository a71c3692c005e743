#include "base/text.h"
#include "text/decoders/all.h"

namespace fundi::text {
namespace {

class WordPieceDecoder : public DecoderStep {
 public:
  explicit WordPieceDecoder(const JsonReader& json)
      : prefix_(json.string("prefix", "##")), cleanup_(json.boolean("cleanup", true)) {}

  std::unique_ptr<State> start(bool) const override { return std::make_unique<Joining>(*this); }
  std::string inner(std::string token, bool) const override { return joined(std::move(token), false); }

 private:
  std::string joined(std::string token, bool first) const {
    if (!first) {
      if (token.starts_with(prefix_)) {
        token.erase(0, prefix_.size());
      } else {
        token.insert(0, 1, ' ');
      }
    }
    return cleanup_ ? clean_up_spaces(std::move(token)) : token;
  }

  class Joining : public WholeStringState {
   public:
    explicit Joining(const WordPieceDecoder& step) : step_(step) {}

   protected:
    void push_string(std::string text, Sink next) override {
      next({step_.joined(std::move(text), first_)});
      first_ = false;
    }

   private:
    const WordPieceDecoder& step_;
    bool first_ = true;
  };

  std::string prefix_;
  bool cleanup_;
};

}  // namespace

std::string clean_up_spaces(std::string text) {
  static constexpr std::pair<std::string_view, std::string_view> kRules[] = {
      {" .", "."},     {" ?", "?"},     {" !", "!"},   {" ,", ","},
      {" ' ", "'"},    {" n't", "n't"}, {" 'm", "'m"}, {" do not", " don't"},
      {" 's", "'s"},   {" 've", "'ve"}, {" 're", "'re"}};
  for (const auto& [from, to] : kRules) text = replace_all(std::move(text), from, to);
  return text;
}

std::unique_ptr<DecoderStep> make_word_piece_decoder(const JsonReader& json) {
  return std::make_unique<WordPieceDecoder>(json);
}

}  // namespace fundi::text
