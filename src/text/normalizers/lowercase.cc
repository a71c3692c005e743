#include "text/normalizers/all.h"
#include "text/unicode_data.h"
#include "text/utf8.h"

namespace fundi::text {
namespace {

class Lowercase : public NormalizerStep {
 public:
  void apply(NormalizedText& text) const override { text.text = to_lower(text.text); }
};

}  // namespace

std::string to_lower(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for_each_character(text, [&](char32_t c, std::string_view bytes) {
    if (c < 0x80) {
      out.push_back(static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c));
    } else if (c == 0x130) {
      out.append("i\u0307");  // the one character with two lower-case ones
    } else if (const char32_t lower = to_lower(c); lower != c) {
      append_utf8(out, lower);
    } else {
      out.append(bytes);
    }
  });
  return out;
}

std::unique_ptr<NormalizerStep> make_lowercase(const JsonReader&) {
  return std::make_unique<Lowercase>();
}

}  // namespace fundi::text
