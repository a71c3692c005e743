#include "curate/extract/html_entities.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <unordered_map>

#include "text/utf8.h"

namespace fundi::curate::html {
namespace {

constexpr size_t kLongestName = 31;             // CounterClockwiseContourIntegral
constexpr size_t kLongestWithoutSemicolon = 6;  // Aacute
constexpr size_t kShortestName = 2;

bool is_alphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

struct Entity {
  std::string text;
  bool without_semicolon = false;
};

template <typename Body>
void for_each_word(std::string_view list, Body body) {
  while (!list.empty()) {
    const size_t blank = std::min(list.find(' '), list.size());
    body(list.substr(0, blank));
    list.remove_prefix(std::min(blank + 1, list.size()));
  }
}

const std::unordered_map<std::string_view, Entity>& entities() {
  static const auto* const kMap = [] {
    auto* map = new std::unordered_map<std::string_view, Entity>;
    map->reserve(2500);
    for_each_word(kEntityNames, [&](std::string_view word) {
      const size_t equals = word.find('=');
      std::string& text = (*map)[word.substr(0, equals)].text;
      const char* end = word.data() + word.size();
      for (const char* at = word.data() + equals + 1; at < end; ++at) {
        uint32_t value = 0;
        at = std::from_chars(at, end, value, 16).ptr;
        text::append_utf8(text, value);
      }
    });
    for_each_word(kEntitiesWithoutSemicolon,
                  [&](std::string_view word) { (*map)[word].without_semicolon = true; });
    return map;
  }();
  return *kMap;
}

// What a browser shows for a number: C1 controls are read as windows-1252.
char32_t code_point(uint32_t number) {
  static constexpr char16_t kWindows1252[32] = {
      0x20AC, 0x81,   0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
      0x2039, 0x0152, 0x8D,   0x017D, 0x8F,   0x90,   0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
      0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x9D,   0x017E, 0x0178};
  if (number == 0 || number > 0x10FFFF || (number >= 0xD800 && number < 0xE000)) return 0xFFFD;
  if (number >= 0x80 && number < 0xA0) return kWindows1252[number - 0x80];
  return number;
}

// The end of "&#123;", or `pos` where there is no number.
size_t append_number(std::string_view source, size_t pos, std::string& out) {
  size_t at = pos + 2;
  const bool hex = at < source.size() && (source[at] == 'x' || source[at] == 'X');
  if (hex) ++at;
  uint32_t number = 0;
  const size_t first = at;
  for (; at < source.size(); ++at) {
    const char c = source[at];
    const char lower = static_cast<char>(c | 0x20);
    uint32_t digit = 0;
    if (c >= '0' && c <= '9') {
      digit = static_cast<uint32_t>(c - '0');
    } else if (hex && lower >= 'a' && lower <= 'f') {
      digit = static_cast<uint32_t>(lower - 'a') + 10;
    } else {
      break;
    }
    number = std::min<uint32_t>(number * (hex ? 16 : 10) + digit, 0x110000);
  }
  if (at == first) return pos;
  text::append_utf8(out, code_point(number));
  return at < source.size() && source[at] == ';' ? at + 1 : at;
}

// The end of "&name;" or "&name", or `pos` where no known name stands.
size_t append_named(std::string_view source, size_t pos, bool in_attribute, std::string& out) {
  size_t end = pos + 1;
  const size_t limit = std::min(source.size(), end + kLongestName);
  while (end < limit && is_alphanumeric(source[end])) ++end;
  const std::string_view name = source.substr(pos + 1, end - pos - 1);
  if (name.size() < kShortestName) return pos;
  const auto& map = entities();
  if (end < source.size() && source[end] == ';') {
    if (const auto found = map.find(name); found != map.end()) {
      out += found->second.text;
      return end + 1;
    }
  }
  for (size_t length = std::min(name.size(), kLongestWithoutSemicolon); length >= kShortestName;
       --length) {
    const auto found = map.find(name.substr(0, length));
    if (found == map.end() || !found->second.without_semicolon) continue;
    const size_t after = pos + 1 + length;
    if (in_attribute && after < source.size() &&
        (source[after] == '=' || is_alphanumeric(source[after]))) {
      return pos;
    }
    out += found->second.text;
    return after;
  }
  return pos;
}

}  // namespace

size_t append_entity(std::string_view source, size_t pos, bool in_attribute, std::string& out) {
  size_t end = pos;
  if (pos + 1 < source.size()) {
    end = source[pos + 1] == '#' ? append_number(source, pos, out)
                                 : append_named(source, pos, in_attribute, out);
  }
  if (end > pos) return end;
  out += '&';
  return pos + 1;
}

void append_decoded(std::string_view source, bool in_attribute, std::string& out) {
  for (size_t pos = 0; pos < source.size();) {
    const size_t reference = std::min(source.find('&', pos), source.size());
    out += source.substr(pos, reference - pos);
    pos = reference;
    if (pos < source.size()) pos = append_entity(source, pos, in_attribute, out);
  }
}

}  // namespace fundi::curate::html
