#include "text/jinja/lexer.h"

#include <algorithm>
#include <array>
#include <optional>

#include "base/error.h"
#include "base/text.h"
#include "text/jinja/string_literal.h"
#include "text/jinja/unicode.h"

namespace fundi::text::jinja {
namespace {

// Released templates have some 30 KB; the tree takes a hundred times the memory of its source.
constexpr size_t kMaxSource = size_t{1} << 20;

// The longer ones first.
constexpr std::array<std::string_view, 25> kOperators = {
    "**", "//", "==", "!=", "<=", ">=", "+", "-", "*", "/", "%", "~", "[",
    "]",  "(",  ")",  "{",  "}",  "<",  ">", "=", ".", ":", "|", ","};

bool is_digit_byte(char c) { return c >= '0' && c <= '9'; }

bool is_name_byte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || is_digit_byte(c) ||
         static_cast<unsigned char>(c) >= 0x80;
}

std::string normalize_newlines(std::string_view source) {
  std::string out = replace_all(replace_all(std::string(source), "\r\n", "\n"), "\r", "\n");
  if (out.ends_with('\n')) out.pop_back();
  return out;
}

class Lexer {
 public:
  explicit Lexer(std::string_view source) : source_(normalize_newlines(source)) {}

  std::vector<Token> run() {
    while (pos_ < source_.size()) read_data();
    add(TokenType::kEnd, "");
    return std::move(tokens_);
  }

 private:
  std::string_view rest() const { return std::string_view(source_).substr(pos_); }
  bool at(std::string_view text) const { return rest().starts_with(text); }

  void add(TokenType type, std::string text) { tokens_.push_back({type, std::move(text), line_}); }

  // Moves on, counting lines.
  void skip(size_t bytes) {
    const auto begin = source_.begin() + static_cast<std::ptrdiff_t>(pos_);
    line_ += static_cast<int>(std::count(begin, begin + static_cast<std::ptrdiff_t>(bytes), '\n'));
    pos_ += bytes;
  }
  void skip_space() { skip(strip_range(rest(), Side::kLeft, is_space).first); }

  // The closing of a tag at the current place: `close` alone takes a line break with it where
  // `trims`, "-" before it all white space, "+" nothing. Consumed where it is there.
  bool skip_close(std::string_view close, bool trims, bool plus) {
    if (at(close)) {
      skip(close.size());
      if (trims && at("\n")) skip(1);
    } else if (rest().size() > close.size() && rest().substr(1).starts_with(close) &&
               (at("-") || (plus && at("+")))) {
      const bool strip = at("-");
      skip(1 + close.size());
      if (strip) skip_space();
    } else {
      return false;
    }
    return true;
  }

  // Data up to the tag that begins at `tag` with the sign '-', '+' or none.
  void add_data(size_t tag, char sign, bool lstrip) {
    const bool line_start = pos_ == 0 || source_[pos_ - 1] == '\n';
    std::string_view text = rest().substr(0, tag - pos_);
    const size_t whole = text.size();
    if (sign == '-') {
      text = text.substr(0, strip_range(text, Side::kRight, is_space).second);
    } else if (sign != '+' && lstrip) {
      const size_t newline = text.rfind('\n');
      const size_t begin = newline == std::string_view::npos ? 0 : newline + 1;
      const std::string_view indent = text.substr(begin);
      const auto [first, last] = strip_range(indent, Side::kBoth, is_space);
      if ((begin > 0 || line_start) && first == last) text = text.substr(0, begin);
    }
    if (!text.empty()) add(TokenType::kData, std::string(text));
    skip(whole);
  }

  // The sign behind an opening at `open`.
  char sign_at(size_t open) const {
    const char c = open + 2 < source_.size() ? source_[open + 2] : '\0';
    return c == '-' || c == '+' ? c : '\0';
  }

  size_t find_tag() const {
    size_t at = source_.find('{', pos_);
    for (; at != std::string::npos; at = source_.find('{', at + 1)) {
      const char next = at + 1 < source_.size() ? source_[at + 1] : '\0';
      if (next == '{' || next == '%' || next == '#') return at;
    }
    return source_.size();
  }

  // Data and the tag behind it.
  void read_data() {
    const size_t tag = find_tag();
    if (tag == source_.size()) return add_data(tag, '+', false);
    const char sign = sign_at(tag), kind = source_[tag + 1];
    add_data(tag, sign, kind != '{');
    const size_t open = sign == '\0' ? 2 : 3;
    if (kind == '#') {
      skip(open);
      skip_comment();
    } else if (kind == '{') {
      add(TokenType::kVariableBegin, "");
      skip(open);
      read_tag(false);
    } else if (const auto raw = word_tag_length(pos_, "raw", false)) {
      skip(*raw);
      if (source_[pos_ - 3] == '-') skip_space();
      read_raw();
    } else {
      add(TokenType::kBlockBegin, "");
      skip(open);
      read_tag(true);
    }
  }

  void skip_comment() {
    const int line = line_;
    while (!skip_close("#}", true, true)) {
      if (pos_ >= source_.size()) fail_syntax(line, "a comment has no end");
      skip(1);
    }
  }

  // How many bytes a tag like {%- raw -%} takes at `open`; nothing where another tag opens there.
  std::optional<size_t> word_tag_length(size_t open, std::string_view word, bool plus) const {
    const std::string_view text = std::string_view(source_).substr(open);
    const auto past_space = [&](size_t from) {
      return from + strip_range(text.substr(from), Side::kLeft, is_space).first;
    };
    size_t at = past_space(sign_at(open) == '\0' ? 2 : 3);
    if (!text.substr(at).starts_with(word)) return std::nullopt;
    at = past_space(at + word.size());
    const std::string_view end = text.substr(at);
    if (end.starts_with("-%}") || (plus && end.starts_with("+%}"))) return at + 3;
    if (end.starts_with("%}")) return at + 2;
    return std::nullopt;
  }

  void read_raw() {
    size_t tag = source_.find("{%", pos_);
    std::optional<size_t> length;
    for (; tag != std::string::npos; tag = source_.find("{%", tag + 1)) {
      if ((length = word_tag_length(tag, "endraw", true))) break;
    }
    if (!length) fail_syntax(line_, "a raw block has no end");
    add_data(tag, sign_at(tag), true);
    skip(*length);
    const char sign = source_[pos_ - 3];
    if (sign == '-') {
      skip_space();
    } else if (sign != '+' && at("\n")) {
      skip(1);
    }
  }

  void read_tag(bool block) {
    const std::string_view close = block ? "%}" : "}}";
    for (;;) {
      skip_space();
      if (pos_ >= source_.size()) fail_syntax(line_, "the template ends inside a tag");
      if (open_.empty()) {
        const int line = line_;
        if (skip_close(close, block, block)) {
          tokens_.push_back({block ? TokenType::kBlockEnd : TokenType::kVariableEnd, "", line});
          return;
        }
      }
      read_token();
    }
  }

  void read_token() {
    const char c = source_[pos_];
    if (is_digit_byte(c)) {
      read_number();
    } else if (is_name_byte(c)) {
      size_t length = 1;
      while (length < rest().size() && is_name_byte(rest()[length])) ++length;
      add(TokenType::kName, std::string(rest().substr(0, length)));
      skip(length);
    } else if (c == '\'' || c == '"') {
      read_string();
    } else {
      read_operator();
    }
  }

  // Digits with single underscores between them, from `at` of the rest; their number of bytes.
  size_t digits(size_t at, bool hexadecimal = false) const {
    const std::string_view text = rest();
    const auto digit = [&](size_t i) {
      if (i >= text.size()) return false;
      const char low = static_cast<char>(text[i] | 0x20);
      return is_digit_byte(text[i]) || (hexadecimal && low >= 'a' && low <= 'f');
    };
    size_t end = at;
    while (digit(end) || (end > at && end < text.size() && text[end] == '_' && digit(end + 1)))
      ++end;
    return end - at;
  }

  void read_number() {
    const std::string_view text = rest();
    const char prefix = text.size() > 1 && text[0] == '0' ? static_cast<char>(text[1] | 0x20) : '0';
    if (prefix == 'x' || prefix == 'o' || prefix == 'b') {
      return add_number(TokenType::kInteger, 2 + digits(2, prefix == 'x'));
    }
    size_t length = digits(0);
    // "x.0.1" is two subscripts, not the number 0.1.
    const bool member = pos_ > 0 && source_[pos_ - 1] == '.';
    bool real = false;
    if (!member && length < text.size() && text[length] == '.' && digits(length + 1) > 0) {
      length += 1 + digits(length + 1);
      real = true;
    }
    if (!member && length < text.size() && (text[length] | 0x20) == 'e') {
      const bool sign =
          length + 1 < text.size() && (text[length + 1] == '+' || text[length + 1] == '-');
      const size_t from = length + (sign ? 2 : 1);
      if (digits(from) > 0) {
        length = from + digits(from);
        real = true;
      }
    }
    add_number(real ? TokenType::kFloat : TokenType::kInteger, length);
  }

  void add_number(TokenType type, size_t length) {
    add(type, std::string(rest().substr(0, length)));
    skip(length);
  }

  void read_string() {
    const char quote = source_[pos_];
    size_t end = 1;
    while (end < rest().size() && rest()[end] != quote) end += rest()[end] == '\\' ? 2 : 1;
    if (end >= rest().size()) fail_syntax(line_, "a string has no end");
    add(TokenType::kString, unescape_string(rest().substr(1, end - 1), line_));
    skip(end + 1);
  }

  void read_operator() {
    const auto found = std::find_if(kOperators.begin(), kOperators.end(),
                                    [&](std::string_view op) { return at(op); });
    if (found == kOperators.end()) {
      fail_syntax(line_, fmt::format("unexpected character '{}'", source_[pos_]));
    }
    const char c = found->front();
    if (c == '(' || c == '[' || c == '{') open_.push_back(c == '(' ? ')' : c == '[' ? ']' : '}');
    if (c == ')' || c == ']' || c == '}') {
      if (open_.empty() || open_.back() != c) fail_syntax(line_, fmt::format("unexpected '{}'", c));
      open_.pop_back();
    }
    add(TokenType::kOperator, std::string(*found));
    skip(found->size());
  }

  std::string source_;
  size_t pos_ = 0;
  int line_ = 1;
  std::string open_;  // the brackets that are still to be closed
  std::vector<Token> tokens_;
};

}  // namespace

std::vector<Token> tokenize(std::string_view source) {
  if (source.size() > kMaxSource) {
    fail(ErrorCode::kUnsupported, "a chat template of {} bytes; the most is {}", source.size(),
         kMaxSource);
  }
  if (find_invalid_utf8(source) != std::string_view::npos) {
    fail(ErrorCode::kCorruptData, "the chat template is not valid UTF-8");
  }
  return Lexer(source).run();
}

void fail_syntax(int line, std::string_view problem) {
  fail(ErrorCode::kCorruptData, "chat template, line {}: {}", line, problem);
}

}  // namespace fundi::text::jinja
