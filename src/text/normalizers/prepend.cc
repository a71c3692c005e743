#include "text/normalizers/all.h"

namespace fundi::text {
namespace {

class Prepend : public NormalizerStep {
 public:
  explicit Prepend(std::string_view prefix) : prefix_(prefix) {}
  void apply(NormalizedText& text) const override {
    if (!text.text.empty()) text.text.insert(0, prefix_);
  }

 private:
  std::string prefix_;
};

}  // namespace

std::unique_ptr<NormalizerStep> make_prepend(const JsonReader& json) {
  return std::make_unique<Prepend>(json.child("prepend").string());
}

}  // namespace fundi::text
