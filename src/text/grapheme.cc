#include "text/grapheme.h"

#include <unicode/uchar.h>

#include "text/utf8.h"

namespace fundi::text {
namespace {

UGraphemeClusterBreak break_class(char32_t c) {
  return static_cast<UGraphemeClusterBreak>(
      u_getIntPropertyValue(static_cast<UChar32>(c), UCHAR_GRAPHEME_CLUSTER_BREAK));
}

bool is_control(UGraphemeClusterBreak c) {
  return c == U_GCB_CONTROL || c == U_GCB_CR || c == U_GCB_LF;
}

bool joins_hangul(UGraphemeClusterBreak left, UGraphemeClusterBreak right) {
  switch (left) {
    case U_GCB_L:
      return right == U_GCB_L || right == U_GCB_V || right == U_GCB_LV || right == U_GCB_LVT;
    case U_GCB_LV:
    case U_GCB_V:
      return right == U_GCB_V || right == U_GCB_T;
    case U_GCB_LVT:
    case U_GCB_T:
      return right == U_GCB_T;
    default:
      return false;
  }
}

bool is_pictographic(char32_t c) {
  return u_hasBinaryProperty(static_cast<UChar32>(c), UCHAR_EXTENDED_PICTOGRAPHIC);
}

}  // namespace

size_t grapheme_end(std::string_view text, size_t begin) {
  CodePoint c = code_point_at(text, begin);
  UGraphemeClusterBreak left = break_class(c.value);
  size_t end = begin + c.length;
  bool picture = is_pictographic(c.value);  // a picture, with nothing but extenders after it
  int flags = left == U_GCB_REGIONAL_INDICATOR ? 1 : 0;
  while (end < text.size()) {
    c = code_point_at(text, end);
    const UGraphemeClusterBreak right = break_class(c.value);
    const bool extends = right == U_GCB_EXTEND || right == U_GCB_ZWJ;
    const bool next_picture = is_pictographic(c.value);
    bool joins = false;
    if (is_control(left) || is_control(right)) {
      joins = left == U_GCB_CR && right == U_GCB_LF;
    } else if (extends || right == U_GCB_SPACING_MARK || left == U_GCB_PREPEND) {
      joins = true;
    } else if (joins_hangul(left, right)) {
      joins = true;
    } else if (left == U_GCB_ZWJ && picture && next_picture) {
      joins = true;
    } else if (flags == 1 && left == U_GCB_REGIONAL_INDICATOR &&
               right == U_GCB_REGIONAL_INDICATOR) {
      joins = true;
    }
    if (!joins) break;
    flags = right == U_GCB_REGIONAL_INDICATOR ? flags + 1 : 0;
    picture = next_picture || (picture && extends);
    left = right;
    end += c.length;
  }
  return end;
}

}  // namespace fundi::text
