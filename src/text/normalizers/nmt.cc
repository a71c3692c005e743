#include "text/normalizers/all.h"
#include "text/normalizers/filter.h"

namespace fundi::text {
namespace {

bool is_dropped(char32_t c) {
  return (c >= 0x01 && c <= 0x08) || c == 0x0B || (c >= 0x0E && c <= 0x1F) || c == 0x7F ||
         c == 0x8F || c == 0x9F;
}

bool is_blank(char32_t c) {
  return c == 0x09 || c == 0x0A || c == 0x0C || c == 0x0D || c == 0x1680 ||
         (c >= 0x200B && c <= 0x200F) || c == 0x2028 || c == 0x2029 || c == 0x2581 || c == 0xFEFF ||
         c == 0xFFFD;
}

// SentencePiece's rules for machine translation: control characters go, odd spaces become plain.
class Nmt : public NormalizerStep {
 public:
  void apply(NormalizedText& text) const override {
    keep_characters(text, [](char32_t c) { return !is_dropped(c); });
    std::string out;
    out.reserve(text.text.size());
    for_each_character(text.text, [&](char32_t c, std::string_view bytes) {
      out.append(is_blank(c) ? " " : bytes);
    });
    text.text = std::move(out);
  }
};

}  // namespace

std::unique_ptr<NormalizerStep> make_nmt(const JsonReader&) { return std::make_unique<Nmt>(); }

}  // namespace fundi::text
