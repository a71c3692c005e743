#include "curate/language/sample.h"

#include <unicode/uchar.h>
#include <unicode/uscript.h>

#include <algorithm>
#include <array>

#include "text/utf8.h"

namespace fundi::curate {
namespace {

constexpr size_t kPieces = 8;
constexpr size_t kSearch = 32;  // how far a space is looked for

size_t to_character(std::string_view text, size_t pos) {
  while (pos < text.size() && (text[pos] & 0xC0) == 0x80) ++pos;
  return pos;
}

// The next space from `pos` on, or `pos` itself, moved to the start of a character.
size_t to_space(std::string_view text, size_t pos) {
  const size_t space = text.substr(0, std::min(text.size(), pos + kSearch)).find(' ', pos);
  return space == std::string_view::npos ? to_character(text, pos) : space;
}

std::string pieces_of(std::string_view text, size_t bytes) {
  if (text.size() <= bytes + bytes / 2) return std::string(text);
  const size_t piece = bytes / kPieces;
  std::string out;
  for (size_t i = 0; i < kPieces; ++i) {
    const size_t start = (text.size() - piece) / (kPieces - 1) * i;
    const size_t begin = i == 0 ? 0 : to_space(text, start);
    const size_t end = to_space(text, std::min(begin + piece, text.size()));
    out.append(text.substr(begin, end - begin)).push_back(' ');
  }
  return out;
}

std::string lower(std::string_view text) {
  std::string out;
  text::for_each_character(text, [&](char32_t c, std::string_view) {
    text::append_utf8(out, static_cast<char32_t>(u_tolower(static_cast<UChar32>(c))));
  });
  return out;
}

}  // namespace

std::string Sample::script() const {
  const auto most =
      std::max_element(scripts.begin(), scripts.end(),
                       [](const auto& a, const auto& b) { return a.second < b.second; });
  return most == scripts.end() ? std::string() : most->first;
}

Sample take_sample(std::string_view text, size_t bytes) {
  Sample sample;
  sample.text = pieces_of(text, bytes);
  std::replace(sample.text.begin(), sample.text.end(), '\n', ' ');
  std::array<size_t, USCRIPT_CODE_LIMIT> counts{};
  size_t upper = 0, ascii = 0;
  text::for_each_character(sample.text, [&](char32_t c, std::string_view) {
    if (c < 0x80) {
      upper += c - 'A' < 26u;
      ascii += (c | 0x20u) - 'a' < 26u;
      return;
    }
    const auto point = static_cast<UChar32>(c);
    if (!u_isalpha(point)) return;
    upper += u_isupper(point) != 0;
    UErrorCode status = U_ZERO_ERROR;
    const auto script = static_cast<size_t>(uscript_getScript(point, &status));
    if (script < counts.size()) ++counts[script];
  });
  counts[USCRIPT_LATIN] += ascii;
  for (size_t script = 0; script < counts.size(); ++script) {
    sample.letters += counts[script];
    if (counts[script] == 0 || script == USCRIPT_COMMON || script == USCRIPT_INHERITED) continue;
    sample.scripts[uscript_getShortName(static_cast<UScriptCode>(script))] = counts[script];
  }
  if (2 * upper > sample.letters) sample.text = lower(sample.text);
  return sample;
}

}  // namespace fundi::curate
