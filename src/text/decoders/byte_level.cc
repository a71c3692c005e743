#include "text/byte_alphabet.h"
#include "text/decoders/all.h"
#include "text/utf8.h"

namespace fundi::text {
namespace {

// Text outside the byte alphabet stands for itself.
std::string bytes_of(std::string token) {
  auto bytes = unspell_bytes(token);
  return bytes ? std::move(*bytes) : token;
}

// Joins all tokens' bytes into one string.
class ByteLevel : public DecoderStep {
 public:
  std::unique_ptr<State> start(bool) const override { return std::make_unique<Joining>(); }
  std::string inner(std::string token, bool) const override { return bytes_of(std::move(token)); }
  bool fuses() const override { return true; }

 private:
  class Joining : public WholeStringState {
   public:
    void finish(Sink next) override {
      next({replace_invalid_utf8(pending_), begins_, true});
      pending_.clear();
    }

   protected:
    void push_string(std::string text, Sink next) override {
      pending_ += bytes_of(std::move(text));
      const size_t whole = pending_.size() - unfinished_utf8_suffix(pending_);
      if (whole == 0) return;
      next({replace_invalid_utf8(std::string_view(pending_).substr(0, whole)), begins_, false});
      begins_ = false;
      pending_.erase(0, whole);
    }

   private:
    std::string pending_;
    bool begins_ = true;
  };
};

}  // namespace

std::unique_ptr<DecoderStep> make_byte_level_decoder(const JsonReader&) {
  return std::make_unique<ByteLevel>();
}

}  // namespace fundi::text
