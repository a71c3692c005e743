#include "text/decoders/all.h"

namespace fundi::text {
namespace {

// Joins all strings into one.
class Fuse : public DecoderStep {
 public:
  std::unique_ptr<State> start(bool) const override { return std::make_unique<Joining>(); }
  std::string inner(std::string token, bool) const override { return token; }
  bool fuses() const override { return true; }

 private:
  class Joining : public State {
   public:
    void push(DecoderPart&& part, Sink next) override {
      next({std::move(part.text), begins_, false});
      begins_ = false;
    }
    void finish(Sink next) override { next({"", begins_, true}); }

   private:
    bool begins_ = true;
  };
};

}  // namespace

std::unique_ptr<DecoderStep> make_fuse_decoder(const JsonReader&) {
  return std::make_unique<Fuse>();
}

}  // namespace fundi::text
