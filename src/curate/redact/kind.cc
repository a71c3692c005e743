#include "curate/redact/kind.h"

#include <algorithm>

namespace fundi::curate {
namespace {

struct Separator {
  size_t length = 0;
  char what = 0;
};

Separator separator_at(std::string_view text, size_t pos) {
  Separator found;
  for (size_t marks = 0; marks < 2 && pos < text.size(); ++marks) {
    const char c = text[pos];
    size_t length = 1;
    char what = c;
    if (text.substr(pos).starts_with("\xC2\xA0")) {
      length = 2;
      what = ' ';
    } else if (c == '(' || c == ')') {
      what = ')';
    } else if (c != ' ' && c != '-' && c != '.') {
      break;
    }
    // Two of one kind end a number, and so does a full stop with a space.
    if (marks > 0 && what != ')' && found.what != ')') break;
    found.what = found.what == ')' ? ')' : what;
    found.length += length;
    pos += length;
  }
  return found;
}

}  // namespace

size_t Number::groups_of(size_t count) const {
  for (size_t i = 0; i < group_count; ++i) {
    if (groups[i].digits == count) return i + 1;
  }
  return 0;
}

bool Number::grouped(std::initializer_list<size_t> lengths, std::string_view separators) const {
  if (group_count < lengths.size()) return false;
  size_t i = 0;
  for (const size_t length : lengths) {
    if (groups[i].length() != length) return false;
    if (i > 0 && separators.find(groups[i].separator) == std::string_view::npos) return false;
    if (i > 1 && groups[i].separator != groups[1].separator) return false;
    ++i;
  }
  return true;
}

Number read_number(std::string_view text, size_t at) {
  Number number;
  char separator = 0;
  for (size_t pos = at;;) {
    size_t end = pos;
    while (end < text.size() && is_digit(text[end])) ++end;
    if (end - pos > Number::kMaxDigits - number.n) break;
    std::copy(text.begin() + static_cast<std::ptrdiff_t>(pos),
              text.begin() + static_cast<std::ptrdiff_t>(end), &number.digits[number.n]);
    number.n += end - pos;
    number.groups[number.group_count++] = {pos, end, number.n, separator};
    const Separator next = separator_at(text, end);
    pos = end + next.length;
    separator = next.what;
    if (next.length == 0 || pos >= text.size() || !is_digit(text[pos])) break;
    if (number.group_count == Number::kMaxGroups) break;
  }
  return number;
}

bool Site::number_starts() const {
  const char left = before(at);
  if (left == '\0') return true;
  if (is_word(left) || std::string_view("@=&#$%+").find(left) != std::string_view::npos) {
    return false;
  }
  const char further = at > 1 ? before(at - 1) : '\0';
  if (left == '/') return further == '>';  // the second of "a/b"
  return !(is_digit(further) && (left == '.' || left == '-' || left == ','));
}

bool Site::number_ends(size_t groups) const {
  const size_t end = number->groups[groups - 1].end;
  if (groups < number->group_count) {
    const char separator = number->groups[groups].separator;
    return separator != '-' && separator != '.';
  }
  const char right = after(end);
  return !is_word(right) && right != '@' && right != '%' &&
         !(right == ',' && is_digit(after(end + 1)));
}

bool Site::said_before(size_t pos, std::initializer_list<std::string_view> words) const {
  const size_t begin = pos > 40 ? pos - 40 : 0;
  std::string window(text.substr(begin, pos - begin));
  for (char& c : window) {
    if (is_upper(c)) c = static_cast<char>(c - 'A' + 'a');
  }
  for (const std::string_view word : words) {
    for (size_t i = window.find(word); i != std::string::npos; i = window.find(word, i + 1)) {
      const size_t end = i + word.size();
      const bool starts = i == 0 || !is_word(window[i - 1]);
      if (starts && (end == window.size() || !is_word(window[end]))) return true;
    }
  }
  return false;
}

bool luhn(std::string_view digits) {
  int sum = 0;
  bool twice = false;
  for (size_t i = digits.size(); i-- > 0; twice = !twice) {
    const int digit = (digits[i] - '0') * (twice ? 2 : 1);
    sum += digit > 9 ? digit - 9 : digit;
  }
  return sum % 10 == 0;
}

// Verhoeff 1969: the dihedral group D5 and a permutation by place.
bool verhoeff(std::string_view digits) {
  static constexpr uint8_t kPermutation[8][10] = {
      {0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, {1, 5, 7, 6, 2, 8, 3, 0, 9, 4},
      {5, 8, 0, 3, 7, 9, 6, 1, 4, 2}, {8, 9, 1, 6, 0, 4, 3, 5, 2, 7},
      {9, 4, 5, 3, 1, 2, 6, 8, 7, 0}, {4, 2, 8, 6, 5, 7, 3, 9, 0, 1},
      {2, 7, 9, 3, 8, 0, 6, 4, 1, 5}, {7, 0, 4, 6, 9, 1, 3, 2, 5, 8}};
  const auto multiply = [](int a, int b) {
    if (a < 5) return b < 5 ? (a + b) % 5 : 5 + (a + b - 5) % 5;
    return b < 5 ? 5 + (a - 5 - b + 5) % 5 : (a - b + 5) % 5;
  };
  int check = 0;
  for (size_t i = 0; i < digits.size(); ++i) {
    const auto digit = static_cast<size_t>(digits[digits.size() - 1 - i] - '0');
    check = multiply(check, kPermutation[i % 8][digit]);
  }
  return check == 0;
}

}  // namespace fundi::curate
