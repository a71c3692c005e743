#include "text/decoders/byte_fallback.h"

#include "base/text.h"
#include "text/decoders/all.h"
#include "text/models/word_model.h"
#include "text/utf8.h"

namespace fundi::text {
namespace {

class ByteFallback : public DecoderStep {
 public:
  std::unique_ptr<State> start(bool eager) const override {
    return std::make_unique<Collecting>(eager);
  }
  std::string inner(std::string token, bool) const override {
    const int byte = byte_of_token(token);
    return byte < 0 ? token : std::string(1, static_cast<char>(byte));
  }

 private:
  class Collecting : public WholeStringState {
   public:
    explicit Collecting(bool eager) : bytes_(eager) {}
    void finish(Sink next) override { end_run(next); }

   protected:
    void push_string(std::string text, Sink next) override {
      const int byte = byte_of_token(text);
      if (byte < 0) {
        end_run(next);
        next({std::move(text)});
      } else if (std::string ready = bytes_.push(static_cast<char>(byte)); !ready.empty()) {
        next({std::move(ready)});
      }
    }

   private:
    void end_run(Sink next) {
      if (std::string rest = bytes_.finish(); !rest.empty()) next({std::move(rest)});
    }
    ByteRun bytes_;
  };
};

}  // namespace

std::string ByteRun::push(char byte) {
  bytes_.push_back(byte);
  if (!eager_ || unfinished_utf8_suffix(bytes_) > 0) return {};
  return finish();
}

std::string ByteRun::finish() {
  std::string out;
  if (find_invalid_utf8(bytes_) == std::string::npos) {
    out = std::move(bytes_);
  } else {
    for (size_t i = 0; i < bytes_.size(); ++i) out += "\uFFFD";
  }
  bytes_.clear();
  return out;
}

std::unique_ptr<DecoderStep> make_byte_fallback_decoder(const JsonReader&) {
  return std::make_unique<ByteFallback>();
}

}  // namespace fundi::text
