#include "text/char_class.h"

#include <unicode/uchar.h>

#include <algorithm>
#include <vector>

namespace fundi::text {
namespace {

struct Range {
  uint32_t first, last;
  CharClass value;
};

// What Unicode 15.1 and 16.0 assigned after ICU 72 (DerivedGeneralCategory.txt). Applied only to
// code points that ICU calls unassigned, so a newer ICU agrees.
constexpr Range kNewerThanIcu[] = {
    {0x897, 0x897, kMark},
    {0x1B4E, 0x1B4F, kPunctuation},
    {0x1B7F, 0x1B7F, kPunctuation},
    {0x1C89, 0x1C89, kUpper},
    {0x1C8A, 0x1C8A, kLower},
    {0x2427, 0x2429, kSymbol},
    {0x2FFC, 0x2FFF, kSymbol},
    {0x31E4, 0x31E5, kSymbol},
    {0x31EF, 0x31EF, kSymbol},
    {0xA7CB, 0xA7CC, kUpper},
    {0xA7CD, 0xA7CD, kLower},
    {0xA7DA, 0xA7DA, kUpper},
    {0xA7DB, 0xA7DB, kLower},
    {0xA7DC, 0xA7DC, kUpper},
    {0x105C0, 0x105F3, kCaseless},
    {0x10D40, 0x10D49, kNumber},
    {0x10D4A, 0x10D4F, kCaseless},
    {0x10D50, 0x10D65, kUpper},
    {0x10D69, 0x10D6D, kMark},
    {0x10D6E, 0x10D6E, kPunctuation},
    {0x10D6F, 0x10D6F, kCaseless},
    {0x10D70, 0x10D85, kLower},
    {0x10D8E, 0x10D8F, kSymbol},
    {0x10EC2, 0x10EC4, kCaseless},
    {0x10EFC, 0x10EFC, kMark},
    {0x11380, 0x11389, kCaseless},
    {0x1138B, 0x1138B, kCaseless},
    {0x1138E, 0x1138E, kCaseless},
    {0x11390, 0x113B5, kCaseless},
    {0x113B7, 0x113B7, kCaseless},
    {0x113B8, 0x113C0, kMark},
    {0x113C2, 0x113C2, kMark},
    {0x113C5, 0x113C5, kMark},
    {0x113C7, 0x113CA, kMark},
    {0x113CC, 0x113D0, kMark},
    {0x113D1, 0x113D1, kCaseless},
    {0x113D2, 0x113D2, kMark},
    {0x113D3, 0x113D3, kCaseless},
    {0x113D4, 0x113D5, kPunctuation},
    {0x113D7, 0x113D8, kPunctuation},
    {0x113E1, 0x113E2, kMark},
    {0x116D0, 0x116E3, kNumber},
    {0x11BC0, 0x11BE0, kCaseless},
    {0x11BE1, 0x11BE1, kPunctuation},
    {0x11BF0, 0x11BF9, kNumber},
    {0x11F5A, 0x11F5A, kMark},
    {0x13460, 0x143FA, kCaseless},
    {0x16100, 0x1611D, kCaseless},
    {0x1611E, 0x1612F, kMark},
    {0x16130, 0x16139, kNumber},
    {0x16D40, 0x16D6C, kCaseless},
    {0x16D6D, 0x16D6F, kPunctuation},
    {0x16D70, 0x16D79, kNumber},
    {0x18CFF, 0x18CFF, kCaseless},
    {0x1CC00, 0x1CCEF, kSymbol},
    {0x1CCF0, 0x1CCF9, kNumber},
    {0x1CD00, 0x1CEB3, kSymbol},
    {0x1E5D0, 0x1E5ED, kCaseless},
    {0x1E5EE, 0x1E5EF, kMark},
    {0x1E5F0, 0x1E5F0, kCaseless},
    {0x1E5F1, 0x1E5FA, kNumber},
    {0x1E5FF, 0x1E5FF, kPunctuation},
    {0x1F8B2, 0x1F8BB, kSymbol},
    {0x1F8C0, 0x1F8C1, kSymbol},
    {0x1FA89, 0x1FA89, kSymbol},
    {0x1FA8F, 0x1FA8F, kSymbol},
    {0x1FABE, 0x1FABE, kSymbol},
    {0x1FAC6, 0x1FAC6, kSymbol},
    {0x1FADC, 0x1FADC, kSymbol},
    {0x1FADF, 0x1FADF, kSymbol},
    {0x1FAE9, 0x1FAE9, kSymbol},
    {0x1FBCB, 0x1FBEF, kSymbol},
    {0x2EBF0, 0x2EE5D, kCaseless},
};

uint8_t class_of(UCharCategory category) {
  switch (category) {
    case U_UPPERCASE_LETTER:
    case U_TITLECASE_LETTER:
      return kUpper;
    case U_LOWERCASE_LETTER:
      return kLower;
    case U_MODIFIER_LETTER:
    case U_OTHER_LETTER:
      return kCaseless;
    case U_NON_SPACING_MARK:
    case U_ENCLOSING_MARK:
    case U_COMBINING_SPACING_MARK:
      return kMark;
    case U_DECIMAL_DIGIT_NUMBER:
    case U_LETTER_NUMBER:
    case U_OTHER_NUMBER:
      return kNumber;
    case U_DASH_PUNCTUATION:
    case U_START_PUNCTUATION:
    case U_END_PUNCTUATION:
    case U_CONNECTOR_PUNCTUATION:
    case U_OTHER_PUNCTUATION:
    case U_INITIAL_PUNCTUATION:
    case U_FINAL_PUNCTUATION:
      return kPunctuation;
    case U_MATH_SYMBOL:
    case U_CURRENCY_SYMBOL:
    case U_MODIFIER_SYMBOL:
    case U_OTHER_SYMBOL:
      return kSymbol;
    default:
      return 0;
  }
}

UBool fill_range(const void* context, UChar32 start, UChar32 limit, UCharCategory category) {
  auto& table = *static_cast<std::vector<uint8_t>*>(const_cast<void*>(context));
  std::fill(table.begin() + start, table.begin() + limit, class_of(category));
  return true;
}

std::vector<uint8_t> build() {
  std::vector<uint8_t> table(0x110000);
  u_enumCharTypes(fill_range, &table);
  for (const Range& range : kNewerThanIcu) {
    for (uint32_t c = range.first; c <= range.last; ++c) {
      if (u_charType(static_cast<UChar32>(c)) == U_UNASSIGNED) table[c] = range.value;
    }
  }
  // All of White_Space lies in the Basic Multilingual Plane.
  for (uint32_t c = 0; c < 0x10000; ++c) {
    if (u_isUWhiteSpace(static_cast<UChar32>(c))) table[c] = kSpace;
  }
  return table;
}

}  // namespace

const uint8_t* char_classes() {
  static const std::vector<uint8_t> table = build();
  return table.data();
}

}  // namespace fundi::text
