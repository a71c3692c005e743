#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace fundi::curate {

// Digits in groups, as numbers are written for people: "0712 345-678", "(020) 123 4567".
struct Number {
  static constexpr size_t kMaxDigits = 40, kMaxGroups = 12;
  struct Group {
    size_t begin = 0, end = 0;  // bytes of the text
    size_t digits = 0;          // of this group and all before it
    char separator = 0;         // before it: one of " -.", or ')' for any with a bracket
    size_t length() const { return end - begin; }
  };
  std::array<char, kMaxDigits> digits{};
  std::array<Group, kMaxGroups> groups{};
  size_t n = 0, group_count = 0;

  size_t begin() const { return groups[0].begin; }
  std::string_view view(size_t first, size_t count) const { return {&digits[first], count}; }
  // How many groups have `count` digits together; 0 where none have.
  size_t groups_of(size_t count) const;
  // The groups have these lengths, the first as many as are named, with one and the same separator
  // out of `separators` between them.
  bool grouped(std::initializer_list<size_t> lengths, std::string_view separators) const;
};

// Reads from a digit on. Groups are at most two separators apart (or a no-break space).
Number read_number(std::string_view text, size_t at);

// Where a kind is asked: at a byte of its `triggers`; nothing before `floor` may be part of what it
// finds.
struct Site {
  std::string_view text;
  size_t at, floor;
  const Number* number;  // that begins here, if it is at a digit

  // Behind what was replaced stands the end of a tag: so the result is the same when it is read
  // again.
  char before(size_t pos) const {
    if (pos > 0 && pos == floor) return '>';
    return pos > 0 ? text[pos - 1] : '\0';
  }
  char after(size_t end) const { return end < text.size() ? text[end] : '\0'; }
  // No number, word, amount or path goes on at its left: for the number as a whole.
  bool number_starts() const;
  // Nor at its right, behind `groups` groups.
  bool number_ends(size_t groups) const;
  // One of `words` (lower case) stands by itself in the 40 bytes before `pos`.
  bool said_before(size_t pos, std::initializer_list<std::string_view> words) const;
};

struct Found {
  size_t begin, end;
};

// A kind of personal data: one file in redact/, one line in all.cc.
struct RedactKind {
  std::string_view name;      // "email"
  std::string_view group;     // "national_id": a name for several of them, or empty
  std::string_view tag;       // "EMAIL": replaced by <EMAIL>
  std::string_view triggers;  // bytes at which it is asked: for a digit at the first of a number
  std::optional<Found> (*find)(const Site& site);
};

inline constexpr std::string_view kDigits = "0123456789";

inline bool is_digit(char c) { return c >= '0' && c <= '9'; }
inline bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
inline bool is_letter(char c) { return is_upper(c) || (c >= 'a' && c <= 'z'); }
inline bool is_word(char c) { return is_digit(c) || is_letter(c) || c == '_'; }
inline bool is_hex(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

bool luhn(std::string_view digits);
bool verhoeff(std::string_view digits);

}  // namespace fundi::curate
