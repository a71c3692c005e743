#include <unicode/uchar.h>

#include "base/error.h"
#include "curate/steps/all.h"
#include "curate/steps/scan.h"
#include "curate/steps/settings.h"
#include "text/char_class.h"
#include "text/utf8.h"

namespace fundi::curate {
namespace {

enum Rule : size_t { kNonAlpha, kDigits, kPunctuation, kUppercase, kEmoji };
constexpr std::string_view kRules[] = {"non_alphabetic", "digits", "punctuation", "uppercase",
                                       "emoji"};

struct Counts {
  size_t characters = 0;  // without white space
  size_t alphabetic = 0;  // letters and the marks on them
  size_t letters = 0, upper = 0, digits = 0, punctuation = 0, emoji = 0;
};

bool is_emoji(char32_t c) {
  // Emoji_Presentation leaves out digits, # and the like, which are Emoji too.
  return c >= 0x203C && (u_hasBinaryProperty(static_cast<UChar32>(c), UCHAR_EMOJI_PRESENTATION) ||
                         (c >= 0x1F000 && u_hasBinaryProperty(static_cast<UChar32>(c),
                                                              UCHAR_EXTENDED_PICTOGRAPHIC)));
}

Counts count(std::string_view text) {
  const uint8_t* const classes = text::char_classes();
  Counts n;
  text::for_each_character(text, [&](char32_t c, std::string_view) {
    const uint8_t bits = classes[c];
    if (bits & text::kSpace) return;
    ++n.characters;
    n.alphabetic += (bits & (text::kLetter | text::kMark)) != 0;
    n.letters += (bits & text::kLetter) != 0;
    n.upper += (bits & text::kUpper) != 0;
    n.digits += (bits & text::kNumber) != 0;
    n.punctuation += (bits & text::kPunctuation) != 0;
    n.emoji += (bits & text::kSymbol) != 0 && is_emoji(c);
  });
  return n;
}

// Limits on fractions of the characters that are not white space; uppercase: of the letters.
class Symbols : public DocumentStep {
 public:
  explicit Symbols(const Config& config) {
    constexpr std::string_view kKeys[] = {"max_non_alphabetic", "max_digits", "max_punctuation",
                                          "max_uppercase", "max_emoji"};
    bool any = false;
    for (size_t i = 0; i < std::size(kKeys); ++i) {
      limits_[i] = threshold(config, kKeys[i], std::nullopt, kZeroToOne);
      any |= limits_[i].has_value();
    }
    config.finish();
    if (!any) {
      fail(ErrorCode::kInvalidArgument,
           "{}: needs a limit: max_non_alphabetic, max_digits, max_punctuation, max_uppercase or "
           "max_emoji",
           config.where("max_non_alphabetic"));
    }
  }

  std::span<const std::string_view> rules() const override { return kRules; }

  void apply(Subject& subject, Judge& judge) const override {
    const Counts n = count(subject.text());
    const auto ask = [&](Rule rule, size_t part, size_t whole) {
      return ask_at_most(judge, rule, ratio(static_cast<double>(part), static_cast<double>(whole)),
                         limits_[rule]);
    };
    ask(kNonAlpha, n.characters - n.alphabetic, n.characters) &&
        ask(kDigits, n.digits, n.characters) && ask(kPunctuation, n.punctuation, n.characters) &&
        ask(kUppercase, n.upper, n.letters) && ask(kEmoji, n.emoji, n.characters);
  }

 private:
  std::optional<double> limits_[std::size(kRules)];
};

}  // namespace

DocumentStepKind symbols_step() {
  return {.name = "symbols",
          .description = "Limits the share of non-letters, digits, punctuation, capitals and emoji",
          .make = [](const Config& config, StepContext&) -> std::unique_ptr<DocumentStep> {
            return std::make_unique<Symbols>(config);
          }};
}

}  // namespace fundi::curate
