#include "text/unicode_data.h"

#include <algorithm>
#include <bitset>
#include <memory>

namespace fundi::text {
namespace {

struct Range {
  char32_t first, last;
  UCharCategory category;
};

// What Unicode 15.1 and 16.0 assigned after ICU 72 (DerivedGeneralCategory.txt). Applied only to
// code points that ICU calls unassigned, so a newer ICU agrees.
constexpr Range kNewerThanIcu[] = {
    {0x897, 0x897, U_NON_SPACING_MARK},
    {0x1B4E, 0x1B4F, U_OTHER_PUNCTUATION},
    {0x1B7F, 0x1B7F, U_OTHER_PUNCTUATION},
    {0x1C89, 0x1C89, U_UPPERCASE_LETTER},
    {0x1C8A, 0x1C8A, U_LOWERCASE_LETTER},
    {0x2427, 0x2429, U_OTHER_SYMBOL},
    {0x2FFC, 0x2FFF, U_OTHER_SYMBOL},
    {0x31E4, 0x31E5, U_OTHER_SYMBOL},
    {0x31EF, 0x31EF, U_OTHER_SYMBOL},
    {0xA7CB, 0xA7CC, U_UPPERCASE_LETTER},
    {0xA7CD, 0xA7CD, U_LOWERCASE_LETTER},
    {0xA7DA, 0xA7DA, U_UPPERCASE_LETTER},
    {0xA7DB, 0xA7DB, U_LOWERCASE_LETTER},
    {0xA7DC, 0xA7DC, U_UPPERCASE_LETTER},
    {0x105C0, 0x105F3, U_OTHER_LETTER},
    {0x10D40, 0x10D49, U_DECIMAL_DIGIT_NUMBER},
    {0x10D4A, 0x10D4D, U_OTHER_LETTER},
    {0x10D4E, 0x10D4E, U_MODIFIER_LETTER},
    {0x10D4F, 0x10D4F, U_OTHER_LETTER},
    {0x10D50, 0x10D65, U_UPPERCASE_LETTER},
    {0x10D69, 0x10D6D, U_NON_SPACING_MARK},
    {0x10D6E, 0x10D6E, U_DASH_PUNCTUATION},
    {0x10D6F, 0x10D6F, U_MODIFIER_LETTER},
    {0x10D70, 0x10D85, U_LOWERCASE_LETTER},
    {0x10D8E, 0x10D8F, U_MATH_SYMBOL},
    {0x10EC2, 0x10EC4, U_OTHER_LETTER},
    {0x10EFC, 0x10EFC, U_NON_SPACING_MARK},
    {0x11380, 0x11389, U_OTHER_LETTER},
    {0x1138B, 0x1138B, U_OTHER_LETTER},
    {0x1138E, 0x1138E, U_OTHER_LETTER},
    {0x11390, 0x113B5, U_OTHER_LETTER},
    {0x113B7, 0x113B7, U_OTHER_LETTER},
    {0x113B8, 0x113BA, U_COMBINING_SPACING_MARK},
    {0x113BB, 0x113C0, U_NON_SPACING_MARK},
    {0x113C2, 0x113C2, U_COMBINING_SPACING_MARK},
    {0x113C5, 0x113C5, U_COMBINING_SPACING_MARK},
    {0x113C7, 0x113CA, U_COMBINING_SPACING_MARK},
    {0x113CC, 0x113CD, U_COMBINING_SPACING_MARK},
    {0x113CE, 0x113CE, U_NON_SPACING_MARK},
    {0x113CF, 0x113CF, U_COMBINING_SPACING_MARK},
    {0x113D0, 0x113D0, U_NON_SPACING_MARK},
    {0x113D1, 0x113D1, U_OTHER_LETTER},
    {0x113D2, 0x113D2, U_NON_SPACING_MARK},
    {0x113D3, 0x113D3, U_OTHER_LETTER},
    {0x113D4, 0x113D5, U_OTHER_PUNCTUATION},
    {0x113D7, 0x113D8, U_OTHER_PUNCTUATION},
    {0x113E1, 0x113E2, U_NON_SPACING_MARK},
    {0x116D0, 0x116E3, U_DECIMAL_DIGIT_NUMBER},
    {0x11BC0, 0x11BE0, U_OTHER_LETTER},
    {0x11BE1, 0x11BE1, U_OTHER_PUNCTUATION},
    {0x11BF0, 0x11BF9, U_DECIMAL_DIGIT_NUMBER},
    {0x11F5A, 0x11F5A, U_NON_SPACING_MARK},
    {0x13460, 0x143FA, U_OTHER_LETTER},
    {0x16100, 0x1611D, U_OTHER_LETTER},
    {0x1611E, 0x16129, U_NON_SPACING_MARK},
    {0x1612A, 0x1612C, U_COMBINING_SPACING_MARK},
    {0x1612D, 0x1612F, U_NON_SPACING_MARK},
    {0x16130, 0x16139, U_DECIMAL_DIGIT_NUMBER},
    {0x16D40, 0x16D42, U_MODIFIER_LETTER},
    {0x16D43, 0x16D6A, U_OTHER_LETTER},
    {0x16D6B, 0x16D6C, U_MODIFIER_LETTER},
    {0x16D6D, 0x16D6F, U_OTHER_PUNCTUATION},
    {0x16D70, 0x16D79, U_DECIMAL_DIGIT_NUMBER},
    {0x18CFF, 0x18CFF, U_OTHER_LETTER},
    {0x1CC00, 0x1CCEF, U_OTHER_SYMBOL},
    {0x1CCF0, 0x1CCF9, U_DECIMAL_DIGIT_NUMBER},
    {0x1CD00, 0x1CEB3, U_OTHER_SYMBOL},
    {0x1E5D0, 0x1E5ED, U_OTHER_LETTER},
    {0x1E5EE, 0x1E5EF, U_NON_SPACING_MARK},
    {0x1E5F0, 0x1E5F0, U_OTHER_LETTER},
    {0x1E5F1, 0x1E5FA, U_DECIMAL_DIGIT_NUMBER},
    {0x1E5FF, 0x1E5FF, U_OTHER_PUNCTUATION},
    {0x1F8B2, 0x1F8BB, U_OTHER_SYMBOL},
    {0x1F8C0, 0x1F8C1, U_OTHER_SYMBOL},
    {0x1FA89, 0x1FA89, U_OTHER_SYMBOL},
    {0x1FA8F, 0x1FA8F, U_OTHER_SYMBOL},
    {0x1FABE, 0x1FABE, U_OTHER_SYMBOL},
    {0x1FAC6, 0x1FAC6, U_OTHER_SYMBOL},
    {0x1FADC, 0x1FADC, U_OTHER_SYMBOL},
    {0x1FADF, 0x1FADF, U_OTHER_SYMBOL},
    {0x1FAE9, 0x1FAE9, U_OTHER_SYMBOL},
    {0x1FBCB, 0x1FBEF, U_OTHER_SYMBOL},
    {0x2EBF0, 0x2EE5D, U_OTHER_LETTER},
};

// The first of them that ends at c or later, or null.
const Range* next_newer_range(char32_t c) {
  const auto* const range =
      std::lower_bound(std::begin(kNewerThanIcu), std::end(kNewerThanIcu), c,
                       [](const Range& r, char32_t value) { return r.last < value; });
  return range == std::end(kNewerThanIcu) ? nullptr : range;
}

using WordSet = std::bitset<0x110000>;

std::unique_ptr<const WordSet> build_word_set() {
  auto set = std::make_unique<WordSet>();
  for_each_category_run([&](char32_t first, char32_t last, UCharCategory category) {
    const bool word = (U_MASK(category) &
                       (U_GC_L_MASK | U_GC_M_MASK | U_GC_ND_MASK | U_GC_NL_MASK | U_GC_PC_MASK)) != 0;
    for (char32_t c = first; c <= last; ++c) {
      const auto point = static_cast<UChar32>(c);
      (*set)[c] = word || u_hasBinaryProperty(point, UCHAR_ALPHABETIC) ||
                  u_hasBinaryProperty(point, UCHAR_JOIN_CONTROL);
    }
  });
  return set;
}

}  // namespace

UCharCategory general_category(char32_t c) {
  const auto category = static_cast<UCharCategory>(u_charType(static_cast<UChar32>(c)));
  if (category != U_UNASSIGNED) return category;
  const Range* const range = next_newer_range(c);
  return range != nullptr && range->first <= c ? range->category : category;
}

void for_each_category_run(
    const std::function<void(char32_t first, char32_t last, UCharCategory category)>& body) {
  const auto each = [](const void* context, UChar32 start, UChar32 limit, UCharCategory category) {
    const auto& call = *static_cast<decltype(&body)>(context);
    auto first = static_cast<char32_t>(start);
    const auto end = static_cast<char32_t>(limit);
    while (category == U_UNASSIGNED && first < end) {
      const Range* const range = next_newer_range(first);
      if (range == nullptr || range->first >= end) break;
      if (first < range->first) call(first, range->first - 1, category);
      call(std::max(first, range->first), std::min<char32_t>(range->last, end - 1), range->category);
      first = range->last + 1;
    }
    if (first < end) call(first, end - 1, category);
    return UBool{true};
  };
  u_enumCharTypes(each, &body);
}

char32_t to_lower(char32_t c) {
  const auto lower = static_cast<char32_t>(u_tolower(static_cast<UChar32>(c)));
  if (lower != c || c < 0x1C89) return lower;
  // The capitals that came with Unicode 16 and 17 (UnicodeData.txt).
  if (c >= 0x10D50 && c <= 0x10D65) return c + 0x20;
  if (c >= 0x16EA0 && c <= 0x16EB8) return c + 0x1B;
  switch (c) {
    case 0x1C89:
    case 0xA7CC:
    case 0xA7CE:
    case 0xA7D2:
    case 0xA7D4:
    case 0xA7DA:
      return c + 1;
    case 0xA7CB:
      return 0x264;
    case 0xA7DC:
      return 0x19B;
    default:
      return c;
  }
}

bool is_numeric(char32_t c) {
  const bool of_unicode_17 = (c >= 0x11DE0 && c <= 0x11DE9) || (c >= 0x16FF4 && c <= 0x16FF6);
  return of_unicode_17 || (U_MASK(general_category(c)) & U_GC_N_MASK) != 0;
}

bool is_word_character(char32_t c) {
  static const std::unique_ptr<const WordSet> set = build_word_set();
  return (*set)[c];
}

UCharCategory general_category_as_of(int unicode_version, char32_t c) {
  UVersionInfo age;
  u_charAge(static_cast<UChar32>(c), age);
  if (age[0] == 0 || age[0] > unicode_version) return U_UNASSIGNED;
  switch (c) {  // what changed later
    case 0x166D:
    case 0x111C9:
      return U_OTHER_PUNCTUATION;
    case 0x1734:
      return U_NON_SPACING_MARK;
    case 0x1CF2:
    case 0x1CF3:
    case 0xA9BD:
      return U_COMBINING_SPACING_MARK;
    case 0x1885:
    case 0x1886:
      return unicode_version < 9 ? U_OTHER_LETTER : U_NON_SPACING_MARK;
    default:
      return static_cast<UCharCategory>(u_charType(static_cast<UChar32>(c)));
  }
}

}  // namespace fundi::text
