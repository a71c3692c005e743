#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace fundi::text {

// What stands at the head of a byte string, by Unicode 15, table 3-7.
enum class Utf8Status {
  kComplete,   // a well-formed character of `length` bytes
  kInvalid,    // a maximal subpart of `length` bytes that no continuation makes well-formed
  kTruncated,  // well-formed so far, but the string ends after `length` bytes
};
struct Utf8Scan {
  Utf8Status status;
  size_t length;
};
// Requires a non-empty string.
Utf8Scan scan_utf8(std::string_view text);

// A character of well-formed UTF-8.
struct CodePoint {
  char32_t value;
  uint32_t length;
};
// Requires text to be well-formed and pos < text.size() at the start of a character.
inline CodePoint code_point_at(std::string_view text, size_t pos) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[pos + i]); };
  const char32_t lead = byte(0);
  if (lead < 0x80) return {lead, 1};
  if (lead < 0xE0) return {(lead & 0x1F) << 6 | (byte(1) & 0x3Fu), 2};
  if (lead < 0xF0) return {(lead & 0x0F) << 12 | (byte(1) & 0x3Fu) << 6 | (byte(2) & 0x3Fu), 3};
  return {
      (lead & 0x07) << 18 | (byte(1) & 0x3Fu) << 12 | (byte(2) & 0x3Fu) << 6 | (byte(3) & 0x3Fu),
      4};
}

// Requires non-empty, well-formed text.
char32_t last_character(std::string_view text);

void append_utf8(std::string& out, char32_t code_point);

// Calls body(character, its bytes) for each character of well-formed text.
template <typename Body>
void for_each_character(std::string_view text, Body body) {
  for (size_t pos = 0; pos < text.size();) {
    const CodePoint c = code_point_at(text, pos);
    body(c.value, text.substr(pos, c.length));
    pos += c.length;
  }
}

inline bool is_ascii(std::string_view text) {
  unsigned char all = 0;
  for (const char c : text) all |= static_cast<unsigned char>(c);
  return all < 0x80;
}

// Each maximal invalid subpart becomes U+FFFD.
std::string replace_invalid_utf8(std::string_view bytes);

// How many bytes at the end are the well-formed beginning of an unfinished character (0 to 3).
size_t unfinished_utf8_suffix(std::string_view bytes);

}  // namespace fundi::text
