#pragma once

#include "text/unicode_data.h"

namespace fundi::text {

// What BERT calls punctuation: category P, and ASCII symbols too.
inline bool is_punctuation(char32_t c) {
  if (c < 0x80) return c > ' ' && c < 0x7F && !(c >= '0' && c <= '9') && !((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
  return (U_MASK(general_category_as_of(8, c)) & U_GC_P_MASK) != 0;
}

}  // namespace fundi::text
