#include "curate/words/word_classes.h"

#include <unicode/uniset.h>

#include <algorithm>

#include "base/error.h"
#include "text/char_class.h"

namespace fundi::curate {
namespace {

struct ClassSet {
  uint16_t bits;
  const char* pattern;
};

// The sets of word.txt in ICU 72, which overlap only as the flags say.
constexpr ClassSet kSets[] = {
    {kPictograph | kPictographic, "[\\p{Extended_Pictographic}]"},
    {kCr, "[\\p{Word_Break=CR}]"},
    {kNewline, "[\\p{Word_Break=LF}\\p{Word_Break=Newline}]"},
    {kSpace, "[\\p{Word_Break=WSegSpace}]"},
    {kExtend, "[[\\p{Word_Break=Extend}-[:Han:]]\\p{Word_Break=Format}\\p{Word_Break=ZWJ}]"},
    {kRegional, "[\\p{Word_Break=Regional_Indicator}]"},
    {kLetter, "[\\p{Word_Break=ALetter}@]"},
    {kHebrew, "[\\p{Word_Break=Hebrew_Letter}]"},
    {kNumeric, "[\\p{Word_Break=Numeric}]"},
    {kConnector, "[\\p{Word_Break=ExtendNumLet}]"},
    {kMidLetter, "[\\p{Word_Break=MidLetter}-[\\:\\uFE55\\uFF1A]]"},
    {kMidNumber, "[\\p{Word_Break=MidNum}]"},
    {kMidBoth, "[\\p{Word_Break=MidNumLet}]"},
    {kSingleQuote, "[\\p{Word_Break=Single_Quote}]"},
    {kDoubleQuote, "[\\p{Word_Break=Double_Quote}]"},
    {kLetter | kDictionary,
     "[[:LineBreak=Complex_Context:]-[\\p{Word_Break=Extend}-[:Han:]]"
     "-\\p{Grapheme_Cluster_Break=Control}]"},
    {kIdeograph | kDictionary, "[[:Han:][:Hiragana:]]"},
    {kKatakana | kDictionary, "[\\p{Word_Break=Katakana}]"},
    {kHangul, "[\\uac00-\\ud7a3]"},
};

template <typename Body>
void for_each_in(const char* pattern, Body body) {
  UErrorCode status = U_ZERO_ERROR;
  const icu::UnicodeSet set(icu::UnicodeString(pattern, -1, US_INV), status);
  if (U_FAILURE(status)) fail(ErrorCode::kInternal, "ICU does not know {}", pattern);
  for (int32_t range = 0; range < set.getRangeCount(); ++range) {
    for (UChar32 c = set.getRangeStart(range); c <= set.getRangeEnd(range); ++c) {
      body(static_cast<size_t>(c));
    }
  }
}

uint16_t flags_of(uint8_t category, uint16_t word_class) {
  uint32_t flags = 0;
  if (category & text::kLetter) flags |= kAnyLetter;
  if (!(category & (text::kPunctuation | text::kSymbol | text::kSpace))) flags |= kNonSymbol;
  if (category & text::kSpace) flags |= kBlank;
  if (word_class == kLetter || word_class == kHebrew || word_class == kNumeric ||
      word_class == kConnector) {
    flags |= kWordly;
  }
  return static_cast<uint16_t>(flags);
}

WordProperties build() {
  WordProperties properties{std::vector<uint16_t>(0x110000), {}};
  std::vector<uint16_t>& of = properties.of;
  for (const ClassSet& set : kSets) {
    for_each_in(set.pattern, [&](size_t c) {
      of[c] = static_cast<uint16_t>((of[c] & kPictographic) | set.bits);
    });
  }
  for_each_in("[[:LineBreak=Complex_Context:]&\\p{Word_Break=Extend}]",
              [&](size_t c) { of[c] |= kDictionary; });
  of[0x200D] |= kJoiner;
  const uint8_t* const categories = text::char_classes();
  for (size_t c = 0; c < of.size(); ++c) of[c] |= flags_of(categories[c], of[c] & kClassBits);
  std::copy_n(of.begin(), 128, properties.ascii.begin());
  return properties;
}

}  // namespace

const WordProperties& word_properties() {
  static const WordProperties properties = build();
  return properties;
}

}  // namespace fundi::curate
