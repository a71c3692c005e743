#include <optional>

#include "base/text.h"
#include "text/decoders/all.h"

namespace fundi::text {
namespace {

// The end-of-word suffix becomes a space, save in the last token.
class BpeDecoder : public DecoderStep {
 public:
  explicit BpeDecoder(std::string_view suffix) : suffix_(suffix) {}
  std::unique_ptr<State> start(bool) const override { return std::make_unique<Waiting>(*this); }
  std::string inner(std::string token, bool) const override { return replaced(token, " "); }

 private:
  std::string replaced(const std::string& token, std::string_view by) const {
    return suffix_.empty() ? token : replace_all(token, suffix_, by);
  }

  class Waiting : public WholeStringState {
   public:
    explicit Waiting(const BpeDecoder& step) : step_(step) {}
    void finish(Sink next) override {
      if (last_) next({step_.replaced(*last_, "")});
      last_.reset();
    }

   protected:
    void push_string(std::string text, Sink next) override {
      if (last_) next({step_.replaced(*last_, " ")});
      last_ = std::move(text);
    }

   private:
    const BpeDecoder& step_;
    std::optional<std::string> last_;
  };

  std::string suffix_;
};

}  // namespace

std::unique_ptr<DecoderStep> make_bpe_decoder(const JsonReader& json) {
  return std::make_unique<BpeDecoder>(json.string("suffix", "</w>"));
}

}  // namespace fundi::text
