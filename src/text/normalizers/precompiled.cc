#include <array>

#include "base/error.h"
#include "text/base64.h"
#include "text/charsmap.h"
#include "text/grapheme.h"
#include "text/normalizers/all.h"
#include "text/utf8.h"

namespace fundi::text {
namespace {

// SentencePiece's rules as Hugging Face tokenizers applies them: a short grapheme that begins with
// the left side of a rule becomes its right side as a whole, by the shortest such rule; others are
// looked up character by character.
class Precompiled : public NormalizerStep {
 public:
  explicit Precompiled(Charsmap rules) : rules_(std::move(rules)) {
    for (size_t i = 0; i < ascii_.size(); ++i) {
      ascii_[i] = std::string(1, static_cast<char>(i));
      if (const auto rule = rules_.shortest(ascii_[i])) ascii_[i] = rule->replacement;
    }
  }

  void apply(NormalizedText& text) const override {
    const std::string_view in = text.text;
    std::string out;
    out.reserve(in.size() + in.size() / 8);
    for (size_t pos = 0; pos < in.size();) {
      if (stands_alone(in, pos)) {
        out.append(ascii_[static_cast<unsigned char>(in[pos++])]);
        continue;
      }
      const size_t end = grapheme_end(in, pos);
      append_grapheme(in.substr(pos, end - pos), out);
      pos = end;
    }
    text.text = std::move(out);
  }

 private:
  // ASCII before ASCII is a grapheme, save for a line break of two characters.
  static bool stands_alone(std::string_view in, size_t pos) {
    const char c = in[pos], next = pos + 1 < in.size() ? in[pos + 1] : '\0';
    return c >= 0 && next >= 0 && !(c == '\r' && next == '\n');
  }

  void append_grapheme(std::string_view grapheme, std::string& out) const {
    if (grapheme.size() < 6) {
      if (const auto rule = rules_.shortest(grapheme)) {
        out.append(rule->replacement);
        return;
      }
    }
    for_each_character(grapheme, [&](char32_t, std::string_view bytes) {
      const auto rule = rules_.shortest(bytes);
      out.append(rule ? rule->replacement : bytes);
    });
  }

  Charsmap rules_;
  std::array<std::string, 128> ascii_;
};

}  // namespace

std::unique_ptr<NormalizerStep> make_precompiled(const JsonReader& json) {
  const JsonReader text = json.child("precompiled_charsmap");
  const auto bytes = decode_base64(text.is_null() ? "" : text.string());
  if (!bytes) text.corrupt("not valid base64");
  try {
    return std::make_unique<Precompiled>(Charsmap(*bytes));
  } catch (const Error& error) {
    text.corrupt(error.what());
  }
}

}  // namespace fundi::text
