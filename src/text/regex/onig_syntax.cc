#include "text/regex/onig_syntax.h"

#include <optional>

#include "base/error.h"
#include "text/regex/char_set.h"
#include "text/utf8.h"

namespace fundi::text {
namespace {

constexpr int kMaxDepth = 60;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// A literal character, safe in and outside of brackets.
std::string quoted(char32_t c) { return fmt::format("\\x{{{:X}}}", static_cast<uint32_t>(c)); }

std::string set_of(std::string_view items, bool negated) {
  return fmt::format("[{}{}]", negated ? "^" : "", items);
}

// Builds an expression for one character: PCRE2 has neither nested brackets nor intersections, so they
// become alternatives and look-aheads.
class Bracket {
 public:
  bool empty() const { return items_.empty() && others_.empty(); }
  void add_items(std::string_view items) { items_ += items; }
  // "[items]" or any other expression for one character.
  void add(std::string_view set) {
    if (set.starts_with('[') && !set.starts_with("[^")) {
      items_ += set.substr(1, set.size() - 2);
    } else {
      others_.append(others_.empty() ? "" : "|").append(set);
    }
  }
  // What was added so far is the left side of &&.
  void intersect() {
    sides_ += fmt::format("(?={})", side());
    items_.clear();
    others_.clear();
  }
  std::string finish(bool negated) const {
    if (negated && sides_.empty() && others_.empty()) return fmt::format("[^{}]", items_);
    const std::string all = sides_ + side();
    if (negated) return fmt::format("(?:(?!{})(?s:.))", all);
    return sides_.empty() ? all : fmt::format("(?:{})", all);
  }

 private:
  std::string side() const {
    if (others_.empty()) return fmt::format("[{}]", items_);
    if (items_.empty()) return fmt::format("(?:{})", others_);
    return fmt::format("(?:{}|[{}])", others_, items_);
  }
  std::string items_, others_, sides_;
};

class Translator {
 public:
  explicit Translator(std::string_view pattern) : in_(pattern) {}

  std::string run() {
    alternatives(0);
    if (pos_ < in_.size()) corrupt("a ')' too many");
    return std::move(out_);
  }

 private:
  char peek(size_t ahead = 0) const {
    return pos_ + ahead < in_.size() ? in_[pos_ + ahead] : '\0';
  }
  bool at_end() const { return pos_ >= in_.size(); }
  bool take(std::string_view text) {
    if (!in_.substr(pos_).starts_with(text)) return false;
    pos_ += text.size();
    return true;
  }
  char32_t take_character() {
    const CodePoint c = code_point_at(in_, pos_);
    pos_ += c.length;
    return c.value;
  }
  [[noreturn]] void corrupt(std::string_view problem) const {
    fail(ErrorCode::kCorruptData, "the regular expression '{}', offset {}: {}", in_, pos_, problem);
  }
  [[noreturn]] void unsupported(std::string_view problem) const {
    fail(ErrorCode::kUnsupported, "the regular expression '{}', offset {}: {}", in_, pos_, problem);
  }

  void alternatives(int depth);
  void element(int depth);
  void quantifier(size_t atom);
  std::optional<std::string> interval();
  void group(int depth);
  void options(int depth);
  void escape();
  std::optional<std::string> class_escape(char kind);
  std::string property();
  char32_t character_escape();
  char32_t hex(size_t most_digits);
  std::string char_class(int depth);
  void class_item(Bracket& bracket);
  std::string posix_bracket();

  std::string_view in_;
  size_t pos_ = 0;
  std::string out_;
  size_t group_begin_ = 0;
  bool loose_options_ = false;  // "(?i)" that is not at the start of its group
  bool named_groups_ = false;
};

void Translator::alternatives(int depth) {
  if (depth > kMaxDepth) unsupported("groups are nested too deeply");
  const bool outer_loose = loose_options_;
  loose_options_ = false;
  group_begin_ = pos_;
  while (!at_end() && peek() != ')') {
    if (peek() == '|') {
      // Ruby puts the rest of the group, alternatives and all, under the option; PCRE2 does not.
      if (loose_options_) unsupported("alternatives after an option in the middle of a group");
      ++pos_;
      out_.push_back('|');
    } else {
      element(depth);
    }
  }
  loose_options_ = outer_loose;
}

void Translator::element(int depth) {
  const size_t atom = out_.size();
  const char c = peek();
  if (c == '(') {
    group(depth);
  } else if (c == '[') {
    out_ += char_class(depth);
  } else if (c == '\\') {
    escape();
  } else if (c == '^' || c == '$' || c == '.') {
    ++pos_;
    out_.push_back(c);
  } else if (c == '*' || c == '+' || c == '?') {
    corrupt("nothing to repeat");
  } else {
    out_ += quoted(take_character());
  }
  quantifier(atom);
}

void Translator::quantifier(size_t atom) {
  std::string repeat;
  bool counted = false;
  if (peek() == '*' || peek() == '+' || peek() == '?') {
    repeat = in_[pos_++];
  } else if (peek() == '{') {
    const auto found = interval();
    if (!found) return;
    repeat = *found;
    counted = true;
  } else {
    return;
  }
  if (out_.size() == atom) unsupported("a repeated option or comment");
  out_ += repeat;
  if (counted && (peek() == '+' || (peek() == '?' && repeat.find(',') == std::string::npos))) {
    // Ruby's x{2,3}+ and x{2}? repeat the repetition.
    out_.insert(atom, "(?:");
    out_.push_back(')');
    out_.push_back(in_[pos_++]);
  } else if (peek() == '?' || (!counted && peek() == '+')) {
    out_.push_back(in_[pos_++]);
  }
  if (peek() == '*' || peek() == '+' || peek() == '?') unsupported("a repetition of a repetition");
  if (peek() == '{' && interval()) unsupported("a repetition of a repetition");
}

// {n}, {n,}, {,m} or {n,m}; other braces are literal characters and stay unread.
std::optional<std::string> Translator::interval() {
  size_t pos = pos_ + 1;
  const auto number = [&] {
    std::string digits;
    while (pos < in_.size() && is_digit(in_[pos])) digits.push_back(in_[pos++]);
    return digits;
  };
  const std::string low = number();
  std::string high = low;
  bool comma = false;
  if (pos < in_.size() && in_[pos] == ',') {
    comma = true;
    ++pos;
    high = number();
  }
  if (pos >= in_.size() || in_[pos] != '}' || (low.empty() && high.empty())) return std::nullopt;
  if (low.size() > 5 || high.size() > 5) unsupported("a count of more than five digits");
  pos_ = pos + 1;
  const std::string from = low.empty() ? "0" : low;
  return comma ? fmt::format("{{{},{}}}", from, high) : fmt::format("{{{}}}", from);
}

void Translator::group(int depth) {
  ++pos_;
  if (peek() != '?') {
    out_.push_back('(');
  } else if (take("?#")) {
    while (!at_end() && peek() != ')') ++pos_;
    if (!take(")")) corrupt("a comment without end");
    return;
  } else if (peek(1) == ':' || peek(1) == '=' || peek(1) == '!' || peek(1) == '>') {
    out_.append("(").append(in_.substr(pos_, 2));
    pos_ += 2;
  } else if (peek(1) == '<' && (peek(2) == '=' || peek(2) == '!')) {
    out_.append("(").append(in_.substr(pos_, 3));
    pos_ += 3;
  } else if (peek(1) == '<' || peek(1) == '\'') {
    // Nothing reads what a group captured, since calls and named references are refused.
    const size_t end = in_.find(peek(1) == '<' ? '>' : '\'', pos_ + 2);
    if (end == std::string_view::npos) corrupt("a group's name without end");
    pos_ = end + 1;
    named_groups_ = true;
    out_.append("(?:");
  } else {
    return options(depth);
  }
  alternatives(depth + 1);
  if (!take(")")) corrupt("a '(' without its ')'");
  out_.push_back(')');
}

// (?i), (?im-x) and (?i:...).
void Translator::options(int depth) {
  const size_t begin = pos_ - 1;  // the parenthesis
  ++pos_;
  std::string flags;
  for (; !at_end() && peek() != ')' && peek() != ':'; ++pos_) {
    const char c = peek();
    if (c == 'i' || c == '-') {
      flags.push_back(c);
    } else if (c == 'm') {
      flags.push_back('s');  // Ruby's m lets '.' match line breaks
    } else {
      unsupported(fmt::format("the group option '{}'", c));
    }
  }
  if (at_end()) corrupt("options without end");
  const bool scoped = in_[pos_++] == ':';
  out_.append("(?").append(flags);
  if (!scoped) {
    if (begin != group_begin_) loose_options_ = true;
    out_.push_back(')');
    return;
  }
  out_.push_back(':');
  alternatives(depth + 1);
  if (!take(")")) corrupt("a '(' without its ')'");
  out_.push_back(')');
}

// The items of \d, \P{..} and the like as a bracket; nothing for other escapes. pos_ is behind the
// backslash.
std::optional<std::string> Translator::class_escape(char kind) {
  std::string items;
  switch (kind) {
    case 'd':
    case 'D':
      items = digit_items();
      break;
    case 's':
    case 'S':
      items = space_items();
      break;
    case 'w':
    case 'W':
      items = word_items();
      break;
    case 'h':
    case 'H':
      items = hex_items();
      break;
    case 'p':
    case 'P':
      ++pos_;
      return property();
    default:
      return std::nullopt;
  }
  ++pos_;
  return set_of(items, kind >= 'A' && kind <= 'Z');
}

std::string Translator::property() {
  bool negated = in_[pos_ - 1] == 'P';
  if (!take("{")) unsupported("a property without braces");
  if (take("^")) negated = !negated;
  const size_t end = in_.find('}', pos_);
  if (end == std::string_view::npos) corrupt("a property without end");
  const std::string_view name = in_.substr(pos_, end - pos_);
  const std::string items = property_items(name);
  if (items.empty()) unsupported(fmt::format("the property '{}'", name));
  pos_ = end + 1;
  return set_of(items, negated);
}

void Translator::escape() {
  ++pos_;
  if (at_end()) corrupt("a backslash at the end");
  const char kind = peek();
  if (const auto bracket = class_escape(kind)) {
    out_ += *bracket;
  } else if (kind == 'b' || kind == 'B') {
    ++pos_;
    const std::string word = set_of(word_items(), false);
    out_ += kind == 'b' ? fmt::format("(?:(?<={0})(?!{0})|(?<!{0})(?={0}))", word)
                        : fmt::format("(?:(?<={0})(?={0})|(?<!{0})(?!{0}))", word);
  } else if (kind == 'A' || kind == 'z' || kind == 'Z') {
    ++pos_;
    out_.append("\\").push_back(kind);
  } else if (kind >= '1' && kind <= '9') {
    if (named_groups_) unsupported("a numbered reference beside named groups");
    std::string number;
    while (is_digit(peek())) number.push_back(in_[pos_++]);
    if (number.size() > 3) corrupt("a reference to no group");
    out_ += fmt::format("\\g{{{}}}", number);
  } else {
    out_ += quoted(character_escape());
  }
}

char32_t Translator::hex(size_t most_digits) {
  char32_t value = 0;
  size_t digits = 0;
  for (; digits < most_digits && std::isxdigit(static_cast<unsigned char>(peek())) != 0; ++digits) {
    const char c = in_[pos_++];
    value = value * 16 + static_cast<char32_t>(is_digit(c) ? c - '0' : (c | 0x20) - 'a' + 10);
  }
  if (digits == 0) corrupt("hexadecimal digits are missing");
  if (value > 0x10FFFF || (value >= 0xD800 && value < 0xE000)) corrupt("not a character");
  return value;
}

// An escape that stands for one character. pos_ is behind the backslash.
char32_t Translator::character_escape() {
  static constexpr std::string_view kLetters = "tnrfvae", kValues = "\t\n\r\f\v\a\x1B";
  const char kind = peek();
  if (const size_t letter = kLetters.find(kind); letter != std::string_view::npos) {
    ++pos_;
    return static_cast<char32_t>(kValues[letter]);
  }
  if (kind == 'x' || kind == 'u') {
    ++pos_;
    if (kind == 'u') return hex(4);
    if (!take("{")) return hex(2);
    const char32_t value = hex(8);
    if (!take("}")) corrupt("a '{' without its '}'");
    return value;
  }
  if (kind == '0') {
    ++pos_;
    if (is_digit(peek())) unsupported("an octal escape");
    return 0;
  }
  if (std::isalnum(static_cast<unsigned char>(kind)) != 0) {
    unsupported(fmt::format("the escape '\\{}'", kind));
  }
  return take_character();
}

std::string Translator::posix_bracket() {
  const size_t end = in_.find(":]", pos_ + 2);
  if (end == std::string_view::npos) corrupt("a POSIX bracket without end");
  std::string_view name = in_.substr(pos_ + 2, end - pos_ - 2);
  const bool negated = name.starts_with('^');
  if (negated) name.remove_prefix(1);
  const std::string items = posix_items(name);
  if (items.empty()) unsupported(fmt::format("the POSIX bracket '{}'", name));
  pos_ = end + 2;
  return set_of(items, negated);
}

std::string Translator::char_class(int depth) {
  if (depth > kMaxDepth) unsupported("brackets are nested too deeply");
  ++pos_;
  const bool negated = take("^");
  Bracket bracket;
  for (bool any = false;; any = true) {
    if (at_end()) corrupt("a '[' without its ']'");
    if (any && peek() == ']') break;
    if (any && take("&&")) {
      if (bracket.empty()) corrupt("an empty bracket");
      bracket.intersect();
    } else if (peek() == '[') {
      bracket.add(peek(1) == ':' ? posix_bracket() : char_class(depth + 1));
    } else {
      class_item(bracket);
    }
  }
  ++pos_;
  if (bracket.empty()) corrupt("an empty bracket");
  return bracket.finish(negated);
}

// A character, a range or an escape for a set.
void Translator::class_item(Bracket& bracket) {
  char32_t first = 0;
  if (take("\\")) {
    if (at_end()) corrupt("a backslash at the end");
    if (const auto set = class_escape(peek())) return bracket.add(*set);
    first = take("b") ? U'\b' : character_escape();
  } else {
    first = take_character();
  }
  // A range, unless the '-' is the last character or stands before a set.
  const bool set_follows =
      peek(1) == '[' || (peek(1) == '\\' && std::string_view("dDsSwWhHpP").find(peek(2)) !=
                                                std::string_view::npos);
  if (peek() != '-' || peek(1) == ']' || set_follows || pos_ + 1 >= in_.size()) {
    return bracket.add_items(quoted(first));
  }
  ++pos_;
  const char32_t last = take("\\") ? character_escape() : take_character();
  if (last < first) corrupt("a range that ends before it begins");
  bracket.add_items(quoted(first).append("-").append(quoted(last)));
}

}  // namespace

std::string translate_onig(std::string_view pattern) { return Translator(pattern).run(); }

}  // namespace fundi::text
