#include "text/char_class.h"
#include "text/normalizers/all.h"
#include "text/normalizers/filter.h"
#include "text/unicode_data.h"

namespace fundi::text {
namespace {

bool is_white_space(char32_t c) { return char_classes()[c] == kSpace; }

bool is_control(char32_t c) {
  if (c == '\t' || c == '\n' || c == '\r') return false;
  if (c < 0x80) return c < 0x20 || c == 0x7F;
  return (U_MASK(general_category_as_of(8, c)) &
          (U_GC_CC_MASK | U_GC_CF_MASK | U_GC_CO_MASK)) != 0;
}

bool is_chinese(char32_t c) {
  return (c >= 0x4E00 && c <= 0x9FFF) || (c >= 0x3400 && c <= 0x4DBF) ||
         (c >= 0x20000 && c <= 0x2A6DF) || (c >= 0x2A700 && c <= 0x2B73F) ||
         (c >= 0x2B740 && c <= 0x2B81F) || (c >= 0x2B920 && c <= 0x2CEAF) ||
         (c >= 0xF900 && c <= 0xFAFF) || (c >= 0x2F800 && c <= 0x2FA1F);
}

// The cleaning of BERT (Devlin et al. 2019, arXiv:1810.04805).
class BertNormalizer : public NormalizerStep {
 public:
  explicit BertNormalizer(const JsonReader& json)
      : clean_text_(json.boolean("clean_text", true)),
        chinese_(json.boolean("handle_chinese_chars", true)),
        lowercase_(json.boolean("lowercase", true)),
        strip_accents_(json.boolean("strip_accents", lowercase_)) {}

  void apply(NormalizedText& text) const override {
    if (clean_text_) {
      keep_characters(text,
                      [](char32_t c) { return c != 0 && c != 0xFFFD && !is_control(c); });
    }
    if (clean_text_ || chinese_) text.text = respace(text.text);
    if (strip_accents_ && !is_ascii(text.text)) {
      text.text = to_nfd(text.text);
      keep_characters(text, [](char32_t c) {
        return c < 0x80 || general_category_as_of(8, c) != U_NON_SPACING_MARK;
      });
    }
    if (lowercase_) text.text = to_lower(text.text);
  }

 private:
  // White space becomes plain spaces, and Chinese characters get spaces around them.
  std::string respace(std::string_view text) const {
    std::string out;
    out.reserve(text.size());
    for_each_character(text, [&](char32_t c, std::string_view bytes) {
      if (clean_text_ && is_white_space(c)) {
        out.push_back(' ');
      } else if (chinese_ && is_chinese(c)) {
        out.append(" ").append(bytes).append(" ");
      } else {
        out.append(bytes);
      }
    });
    return out;
  }

  bool clean_text_, chinese_, lowercase_, strip_accents_;
};

}  // namespace

std::unique_ptr<NormalizerStep> make_bert_normalizer(const JsonReader& json) {
  return std::make_unique<BertNormalizer>(json);
}

}  // namespace fundi::text
