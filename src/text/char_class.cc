#include "text/char_class.h"

#include <algorithm>
#include <vector>

#include "text/unicode_data.h"

namespace fundi::text {
namespace {

uint8_t class_of(UCharCategory category) {
  const uint32_t mask = U_MASK(category);
  if (mask & (U_GC_LU_MASK | U_GC_LT_MASK)) return kUpper;
  if (mask & U_GC_LL_MASK) return kLower;
  if (mask & (U_GC_LM_MASK | U_GC_LO_MASK)) return kCaseless;
  if (mask & U_GC_M_MASK) return kMark;
  if (mask & U_GC_N_MASK) return kNumber;
  if (mask & U_GC_P_MASK) return kPunctuation;
  if (mask & U_GC_S_MASK) return kSymbol;
  return 0;
}

std::vector<uint8_t> build() {
  std::vector<uint8_t> table(0x110000);
  for_each_category_run([&](char32_t first, char32_t last, UCharCategory category) {
    std::fill(table.begin() + first, table.begin() + last + 1, class_of(category));
  });
  // All of White_Space lies in the Basic Multilingual Plane.
  for (UChar32 c = 0; c < 0x10000; ++c) {
    if (u_isUWhiteSpace(c)) table[static_cast<size_t>(c)] = kSpace;
  }
  return table;
}

}  // namespace

const uint8_t* char_classes() {
  static const std::vector<uint8_t> table = build();
  return table.data();
}

}  // namespace fundi::text
