#include "curate/steps/scan.h"

#include <unicode/uchar.h>

#include <algorithm>
#include <array>
#include <bit>

#include "base/hash.h"
#include "curate/steps/hash_set.h"
#include "text/utf8.h"

namespace fundi::curate {
namespace {

struct Range {
  char32_t first, last;
};

// What datatrove 0.10 lists beside Sentence_Terminal.
constexpr Range kPunctuation[] = {
    {0x00, 0x08},     {0x0B, 0x1F},     {0x22, 0x2D},     {0x2F, 0x2F},     {0x3A, 0x3E},
    {0x40, 0x40},     {0x5B, 0x60},     {0x7B, 0x9F},     {0xAB, 0xAB},     {0xB4, 0xB4},
    {0xBB, 0xBB},     {0x2013, 0x2014}, {0x2019, 0x2019}, {0x201C, 0x201E}, {0x2026, 0x2026},
    {0x2236, 0x2236}, {0x2501, 0x2501}, {0x25BA, 0x25BA}, {0x3001, 0x3001}, {0x3008, 0x300D},
    {0x3010, 0x3011}, {0xFF05, 0xFF05}, {0xFF08, 0xFF09}, {0xFF0C, 0xFF0C}, {0xFF11, 0xFF11},
    {0xFF1A, 0xFF1B}, {0xFF5E, 0xFF5E}};

// Sentence_Terminal, and the Khmer signs that Unicode 15 took from it.
bool is_sentence_end(char32_t c) {
  if (c < 0x80) return c == '.' || c == '!' || c == '?';
  return u_hasBinaryProperty(static_cast<UChar32>(c), UCHAR_S_TERM) ||
         (c >= 0x17D4 && c <= 0x17DA && c != 0x17D7 && c != 0x17D8);
}

constexpr std::array<bool, 128> make_ascii_punctuation() {
  std::array<bool, 128> is{};
  for (const Range& range : kPunctuation) {
    for (char32_t c = range.first; c <= range.last && c < 0x80; ++c) is[c] = true;
  }
  is['.'] = is['!'] = is['?'] = true;
  return is;
}

bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

// Counts in blocks that the compiler turns into vector code: sums of bytes cannot overflow in 255
// steps.
template <typename Predicate>
size_t count_if_bytes(std::string_view text, Predicate predicate) {
  size_t total = 0;
  while (!text.empty()) {
    const std::string_view block = text.substr(0, 192);
    uint8_t sum = 0;
    for (const char c : block) sum = static_cast<uint8_t>(sum + (predicate(c) ? 1 : 0));
    total += sum;
    text.remove_prefix(block.size());
  }
  return total;
}

// Bytes that may begin a line end.
constexpr std::array<bool, 256> make_line_end_leads() {
  std::array<bool, 256> leads{};
  for (const unsigned c : {0x0Au, 0x0Bu, 0x0Cu, 0x0Du, 0x1Cu, 0x1Du, 0x1Eu, 0xC2u, 0xE2u}) {
    leads[c] = true;
  }
  return leads;
}
constexpr auto kLineEndLeads = make_line_end_leads();

// Bytes of the line end that begins at `pos`, or 0.
size_t line_end_at(std::string_view text, size_t pos) {
  const auto byte = [&](size_t i) {
    return pos + i < text.size() ? static_cast<unsigned char>(text[pos + i]) : 0;
  };
  switch (byte(0)) {
    case 0xC2:
      return byte(1) == 0x85 ? 2 : 0;
    case 0xE2:
      return byte(1) == 0x80 && (byte(2) == 0xA8 || byte(2) == 0xA9) ? 3 : 0;
    case '\r':
      return byte(1) == '\n' ? 2 : 1;
    default:
      return 1;
  }
}

// Bytes of the white space at `pos`, or 0.
size_t strip_space_at(std::string_view text, size_t pos) {
  const auto lead = static_cast<unsigned char>(text[pos]);
  if (lead < 0x80) return is_strip_space(lead) ? 1 : 0;
  // All others are U+0085, U+00A0, U+1680, U+2000 to U+205F and U+3000.
  if (lead != 0xC2 && lead != 0xE1 && lead != 0xE2 && lead != 0xE3) return 0;
  const text::CodePoint c = text::code_point_at(text, pos);
  return is_strip_space(c.value) ? c.length : 0;
}

}  // namespace

size_t count_characters(std::string_view text) {
  return text.size() - count_if_bytes(text, is_continuation);
}

size_t count_byte(std::string_view text, char byte) {
  return count_if_bytes(text, [byte](char c) { return c == byte; });
}

size_t count_text(std::string_view text, std::string_view what) {
  size_t n = 0;
  for (size_t at = text.find(what); at != std::string_view::npos;
       at = text.find(what, at + what.size())) {
    ++n;
  }
  return n;
}

bool is_strip_space(char32_t c) {
  if (c < 0x80) return c == ' ' || (c >= 0x09 && c <= 0x0D) || (c >= 0x1C && c <= 0x1F);
  return u_isUWhiteSpace(static_cast<UChar32>(c)) != 0;
}

std::string_view strip_left(std::string_view text) {
  while (!text.empty()) {
    const size_t space = strip_space_at(text, 0);
    if (space == 0) break;
    text.remove_prefix(space);
  }
  return text;
}

std::string_view strip_right(std::string_view text) {
  while (!text.empty()) {
    size_t begin = text.size() - 1;
    while (begin > 0 && is_continuation(text[begin])) --begin;
    if (strip_space_at(text, begin) == 0) break;
    text = text.substr(0, begin);
  }
  return text;
}

std::string_view strip(std::string_view text) { return strip_right(strip_left(text)); }

size_t count_pieces(std::string_view text, size_t most) {
  size_t n = 0;
  for (text = strip_left(text); !text.empty() && n < most; text = strip_left(text)) {
    ++n;
    size_t end = 0;
    while (end < text.size() && strip_space_at(text, end) == 0) ++end;
    text.remove_prefix(end);
  }
  return n;
}

bool has_longer_piece(std::string_view text, size_t characters) {
  // A piece of more characters covers every byte of some stretch of that length: white space in
  // each of them, looked for from its end, shows that there is none.
  while (text.size() > characters) {
    size_t end = characters + 1;
    while (end > 0 && strip_space_at(text, end - 1) == 0) --end;
    if (end > 0) {
      text.remove_prefix(end);
      continue;
    }
    while (end < text.size() && strip_space_at(text, end) == 0) ++end;
    if (count_characters(text.substr(0, end)) > characters) return true;
    text.remove_prefix(end);
  }
  return false;
}

void split_any_lines(std::string_view text, std::vector<std::string_view>& lines) {
  lines.clear();
  size_t begin = 0;
  const auto may_end = [&](size_t i) { return kLineEndLeads[static_cast<unsigned char>(text[i])]; };
  for (size_t pos = 0; pos < text.size();) {
    while (pos + 4 <= text.size() &&
           !(may_end(pos) | may_end(pos + 1) | may_end(pos + 2) | may_end(pos + 3))) {
      pos += 4;
    }
    while (pos < text.size() && !may_end(pos)) ++pos;
    if (pos == text.size()) break;
    const size_t end = line_end_at(text, pos);
    if (end == 0) {
      ++pos;
      continue;
    }
    lines.push_back(text.substr(begin, pos - begin));
    begin = pos += end;
  }
  if (begin < text.size()) lines.push_back(text.substr(begin));
}

void split_at_breaks(std::string_view text, size_t least, std::vector<std::string_view>& pieces) {
  pieces.clear();
  size_t begin = 0;
  for (size_t pos = text.find('\n'); pos != std::string_view::npos; pos = text.find('\n', pos)) {
    size_t end = pos;
    while (end < text.size() && text[end] == '\n') ++end;
    if (end - pos >= least) {
      pieces.push_back(text.substr(begin, pos - begin));
      begin = end;
    }
    pos = end;
  }
  pieces.push_back(text.substr(begin));
}

bool ends_sentence(std::string_view line) {
  return !line.empty() && is_sentence_end(text::last_character(line));
}

bool is_datatrove_punctuation(char32_t c) {
  static constexpr auto kAscii = make_ascii_punctuation();
  if (c < 0x80) return kAscii[c];
  const auto* const range =
      std::lower_bound(std::begin(kPunctuation), std::end(kPunctuation), c,
                       [](const Range& r, char32_t value) { return r.last < value; });
  if (range != std::end(kPunctuation) && range->first <= c) return true;
  return is_sentence_end(c);
}

Duplicates find_duplicates(std::span<const std::string_view> pieces) {
  thread_local HashSet seen;
  seen.reset(pieces.size());
  Duplicates found;
  for (const std::string_view piece : pieces) {
    if (seen.insert(hash64(piece))) continue;
    ++found.pieces;
    found.characters += count_characters(piece);
  }
  return found;
}

}  // namespace fundi::curate
