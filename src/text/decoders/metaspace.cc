#include "text/metaspace.h"

#include "base/text.h"
#include "text/decoders/all.h"

namespace fundi::text {
namespace {

class MetaspaceDecoder : public DecoderStep {
 public:
  explicit MetaspaceDecoder(const JsonReader& json) : meta_(json) {}
  std::unique_ptr<State> start(bool) const override { return std::make_unique<Spacing>(meta_); }
  std::string inner(std::string token, bool) const override {
    return replace_all(std::move(token), meta_.replacement, " ");
  }

 private:
  class Spacing : public State {
   public:
    explicit Spacing(const Metaspace& meta) : meta_(meta) {}
    void push(DecoderPart&& part, Sink next) override {
      // The first string loses all of its marks, since one of them was put there by the encoder.
      const bool drop = first_ && meta_.prepend != Metaspace::Prepend::kNever;
      part.text = replace_all(std::move(part.text), meta_.replacement, drop ? "" : " ");
      if (part.ends) first_ = false;
      next(std::move(part));
    }

   private:
    const Metaspace& meta_;
    bool first_ = true;
  };

  Metaspace meta_;
};

}  // namespace

std::unique_ptr<DecoderStep> make_metaspace_decoder(const JsonReader& json) {
  return std::make_unique<MetaspaceDecoder>(json);
}

}  // namespace fundi::text
