#include "text/decoders/all.h"

namespace fundi::text {
namespace {

class SpaceJoiner : public DecoderStep {
 public:
  std::unique_ptr<State> start(bool) const override { return std::make_unique<Joining>(); }
  std::string inner(std::string token, bool) const override { return token.insert(0, 1, ' '); }

 private:
  class Joining : public WholeStringState {
   protected:
    void push_string(std::string text, Sink next) override {
      if (!first_) text.insert(0, 1, ' ');
      first_ = false;
      next({std::move(text)});
    }

   private:
    bool first_ = true;
  };
};

}  // namespace

std::unique_ptr<DecoderStep> make_space_joiner() { return std::make_unique<SpaceJoiner>(); }

}  // namespace fundi::text
