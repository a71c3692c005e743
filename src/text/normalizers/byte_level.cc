#include "text/byte_alphabet.h"
#include "text/normalizers/all.h"

namespace fundi::text {
namespace {

class ByteLevel : public NormalizerStep {
 public:
  void apply(NormalizedText& text) const override { text.text = spell_bytes(text.text); }
};

}  // namespace

std::unique_ptr<NormalizerStep> make_byte_level_normalizer(const JsonReader&) {
  return std::make_unique<ByteLevel>();
}

}  // namespace fundi::text
