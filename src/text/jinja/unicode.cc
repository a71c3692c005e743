#include "text/jinja/unicode.h"

#include <string.h>
#include <unicode/casemap.h>
#include <unicode/locid.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>

#include <algorithm>

#include "base/error.h"
#include "text/utf8.h"

namespace fundi::text::jinja {

bool is_space(char32_t c) {
  if (c < 0x80) return (c >= 0x09 && c <= 0x0D) || (c >= 0x1C && c <= 0x20);
  return c == 0x85 || c == 0xA0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200A) || c == 0x2028 ||
         c == 0x2029 || c == 0x202F || c == 0x205F || c == 0x3000;
}

namespace {

bool continues(char byte) { return (static_cast<unsigned char>(byte) & 0xC0) == 0x80; }

}  // namespace

size_t code_points(std::string_view text) {
  return text.size() - static_cast<size_t>(std::count_if(text.begin(), text.end(), continues));
}

size_t byte_offset(std::string_view text, size_t index) {
  size_t at = 0;
  for (; index > 0 && at < text.size(); --index) at += code_point_at(text, at).length;
  return at;
}

std::string_view beginning(std::string_view text, size_t bytes) {
  text = text.substr(0, bytes);
  return text.substr(0, text.size() - unfinished_utf8_suffix(text));
}

size_t previous_offset(std::string_view text, size_t position) {
  do {
    --position;
  } while (position > 0 && continues(text[position]));
  return position;
}

std::pair<size_t, size_t> strip_range(std::string_view text, Side side, const CharPredicate& drop) {
  size_t begin = 0, end = text.size();
  while (side != Side::kRight && begin < end) {
    const CodePoint c = code_point_at(text, begin);
    if (!drop(c.value)) break;
    begin += c.length;
  }
  while (side != Side::kLeft && begin < end) {
    const size_t last = previous_offset(text, end);
    if (!drop(code_point_at(text, last).value)) break;
    end = last;
  }
  return {begin, end};
}

size_t find_text(std::string_view text, std::string_view part, size_t from) {
  if (from > text.size()) return std::string_view::npos;
  if (part.empty()) return from;
  // memmem, because std::string_view::find takes quadratic time on hostile texts.
  const void* found = ::memmem(text.data() + from, text.size() - from, part.data(), part.size());
  if (found == nullptr) return std::string_view::npos;
  return static_cast<size_t>(static_cast<const char*>(found) - text.data());
}

size_t find_last_text(std::string_view text, std::string_view part) {
  if (part.size() > text.size()) return std::string_view::npos;
  const std::string reversed(text.rbegin(), text.rend());
  const size_t at = find_text(reversed, std::string(part.rbegin(), part.rend()));
  return at == std::string::npos ? at : text.size() - at - part.size();
}

namespace {

using icu::UnicodeString;

// The title case of a character alone needs no words.
UnicodeString title_letter(char32_t c) {
  const UnicodeString text(static_cast<UChar32>(c));
  UErrorCode error = U_ZERO_ERROR;
  char16_t buffer[16];
  const int32_t length =
      icu::CaseMap::toTitle("", U_TITLECASE_WHOLE_STRING | U_TITLECASE_NO_BREAK_ADJUSTMENT, nullptr,
                            text.getBuffer(), text.length(), buffer, 16, nullptr, error);
  if (U_FAILURE(error)) return text;
  return UnicodeString(buffer, length);
}

// A word with its first letter in title case, the others in lower case. The lower case is taken of
// the whole word, so that a final sigma is told from others.
UnicodeString title_word(const UnicodeString& word) {
  if (word.isEmpty()) return word;
  const auto first = static_cast<char32_t>(word.char32At(0));
  UnicodeString head(static_cast<UChar32>(first)), lower(word);
  head.toLower(icu::Locale::getRoot());
  lower.toLower(icu::Locale::getRoot());
  return title_letter(first) + UnicodeString(lower, head.length());
}

// Words as str.title() sees them, runs of cased letters with what is not cased before them, or the
// text as one word.
UnicodeString titled(const UnicodeString& text, bool every_word) {
  if (!every_word) return title_word(text);
  UnicodeString out, word;
  bool inside = false;
  for (int32_t i = 0; i < text.length(); i = text.moveIndex32(i, 1)) {
    const auto c = static_cast<char32_t>(text.char32At(i));
    if (!inside) {
      out += title_word(word);
      word.remove();
    }
    word += static_cast<UChar32>(c);
    inside = is_cased(c);
  }
  return out + title_word(word);
}

UnicodeString swapped(const UnicodeString& text) {
  UnicodeString out;
  for (int32_t i = 0; i < text.length(); i = text.moveIndex32(i, 1)) {
    const UChar32 c = text.char32At(i);
    UnicodeString one(c);
    if (u_isUUppercase(c)) {
      one.toLower(icu::Locale::getRoot());
    } else if (u_isULowercase(c)) {
      one.toUpper(icu::Locale::getRoot());
    }
    out += one;
  }
  return out;
}

// What needs no tables.
std::string ascii_case(std::string_view text, Casing casing) {
  std::string out(text);
  bool inside = false;
  for (char& c : out) {
    const bool lower = c >= 'a' && c <= 'z', upper = c >= 'A' && c <= 'Z';
    const bool raise = casing == Casing::kUpper || (casing == Casing::kSwap && lower) ||
                       ((casing == Casing::kTitle || casing == Casing::kCapital) && !inside);
    if (lower && raise) c = static_cast<char>(c - 'a' + 'A');
    if (upper && !raise) c = static_cast<char>(c - 'A' + 'a');
    inside = casing == Casing::kCapital || lower || upper;
  }
  return out;
}

}  // namespace

std::string change_case(std::string_view text, Casing casing) {
  if (is_ascii(text)) return ascii_case(text, casing);
  if (text.size() > INT32_MAX / 4) fail(ErrorCode::kUnsupported, "a text of {} bytes", text.size());
  auto wide =
      UnicodeString::fromUTF8(icu::StringPiece(text.data(), static_cast<int32_t>(text.size())));
  switch (casing) {
    case Casing::kUpper:
      wide.toUpper(icu::Locale::getRoot());
      break;
    case Casing::kLower:
      wide.toLower(icu::Locale::getRoot());
      break;
    case Casing::kFold:
      wide.foldCase();
      break;
    case Casing::kSwap:
      wide = swapped(wide);
      break;
    case Casing::kTitle:
    case Casing::kCapital:
      wide = titled(wide, casing == Casing::kTitle);
      break;
  }
  std::string out;
  wide.toUTF8String(out);
  return out;
}

bool in_case(std::string_view text, bool upper) {
  bool any = false;
  for (size_t i = 0; i < text.size();) {
    const CodePoint c = code_point_at(text, i);
    i += c.length;
    if (!is_cased(c.value)) continue;
    any = true;
    if (upper ? !is_upper(c.value) : !is_lower(c.value)) return false;
  }
  return any;
}

bool is_alpha(char32_t c) {
  constexpr uint32_t kLetters = U_GC_L_MASK;
  return (U_MASK(u_charType(static_cast<UChar32>(c))) & kLetters) != 0;
}

namespace {

int32_t numeric_type(char32_t c) {
  return u_getIntPropertyValue(static_cast<UChar32>(c), UCHAR_NUMERIC_TYPE);
}

}  // namespace

bool is_decimal(char32_t c) { return numeric_type(c) == U_NT_DECIMAL; }

bool is_digit(char32_t c) {
  const int32_t type = numeric_type(c);
  return type == U_NT_DECIMAL || type == U_NT_DIGIT;
}

bool is_numeric(char32_t c) { return numeric_type(c) != U_NT_NONE; }

bool is_cased(char32_t c) {
  const auto point = static_cast<UChar32>(c);
  return u_isUUppercase(point) || u_isULowercase(point) || u_charType(point) == U_TITLECASE_LETTER;
}

bool is_upper(char32_t c) { return u_isUUppercase(static_cast<UChar32>(c)); }

bool is_lower(char32_t c) { return u_isULowercase(static_cast<UChar32>(c)); }

bool is_printable(char32_t c) {
  if (c == ' ') return true;
  constexpr uint32_t kHidden = U_GC_C_MASK | U_GC_Z_MASK;
  return (U_MASK(u_charType(static_cast<UChar32>(c))) & kHidden) == 0;
}

}  // namespace fundi::text::jinja
