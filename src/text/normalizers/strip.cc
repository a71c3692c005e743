#include "text/char_class.h"
#include "text/normalizers/all.h"
#include "text/normalizers/filter.h"
#include "text/scanners/cursor.h"
#include "text/unicode_data.h"

namespace fundi::text {
namespace {

class Strip : public NormalizerStep {
 public:
  Strip(bool left, bool right) : left_(left), right_(right) {}
  void apply(NormalizedText& text) const override {
    const Cursor in(text.text);
    size_t end = text.text.size();
    while (right_ && end > 0 && in.cls(in.previous(end)) == kSpace) end = in.previous(end);
    text.text.resize(end);
    const size_t begin = left_ ? Cursor(text.text).run(0, kSpace) : 0;
    if (begin > 0) text.at_origin = false;
    text.text.erase(0, begin);
  }

 private:
  bool left_, right_;
};

class StripAccents : public NormalizerStep {
 public:
  void apply(NormalizedText& text) const override {
    if (is_ascii(text.text)) return;
    keep_characters(text, [](char32_t c) {
      return c < 0x80 || (U_MASK(general_category_as_of(9, c)) & U_GC_M_MASK) == 0;
    });
  }
};

}  // namespace

std::unique_ptr<NormalizerStep> make_strip(const JsonReader& json) {
  return std::make_unique<Strip>(json.boolean("strip_left", true),
                                 json.boolean("strip_right", true));
}

std::unique_ptr<NormalizerStep> make_strip_accents(const JsonReader&) {
  return std::make_unique<StripAccents>();
}

}  // namespace fundi::text
