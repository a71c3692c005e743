#include "text/jinja/string_literal.h"

#include <charconv>
#include <cstdint>
#include <optional>

#include "text/jinja/lexer.h"
#include "text/utf8.h"

namespace fundi::text::jinja {
namespace {

std::optional<char> simple_escape(char c) {
  constexpr std::string_view kLetters = "\\'\"abfnrtv", kMeanings = "\\'\"\a\b\f\n\r\t\v";
  const size_t at = kLetters.find(c);
  if (at == std::string_view::npos) return std::nullopt;
  return kMeanings[at];
}

size_t hex_digits(char c) { return c == 'x' ? 2 : c == 'u' ? 4 : c == 'U' ? 8 : 0; }

char32_t parse_code_point(std::string_view digits, int base, int line) {
  uint32_t value = 0;
  const char* end = digits.data() + digits.size();
  const auto [stop, error] = std::from_chars(digits.data(), end, value, base);
  if (error != std::errc() || stop != end || value > 0x10FFFF ||
      (value >= 0xD800 && value < 0xE000)) {
    fail_syntax(line, "a string has an escape that is no character");
  }
  return value;
}

}  // namespace

std::string unescape_string(std::string_view literal, int line) {
  std::string out;
  for (size_t i = 0; i < literal.size(); ++i) {
    if (literal[i] != '\\' || i + 1 == literal.size()) {
      out += literal[i];
      continue;
    }
    const char c = literal[++i];
    if (const auto simple = simple_escape(c)) {
      out += *simple;
    } else if (const size_t count = hex_digits(c)) {
      if (literal.size() - i - 1 < count) fail_syntax(line, "a string has an unfinished escape");
      append_utf8(out, parse_code_point(literal.substr(i + 1, count), 16, line));
      i += count;
    } else if (c >= '0' && c <= '7') {
      size_t end = i + 1;
      while (end < literal.size() && end < i + 3 && literal[end] >= '0' && literal[end] <= '7')
        ++end;
      append_utf8(out, parse_code_point(literal.substr(i, end - i), 8, line));
      i = end - 1;
    } else if (c != '\n') {  // a line break behind a backslash joins the lines
      out += '\\';
      out += c;
    }
  }
  return out;
}

}  // namespace fundi::text::jinja
