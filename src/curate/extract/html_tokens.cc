#include "curate/extract/html_tokens.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace fundi::curate::html {
namespace {

bool is_letter(char c) {
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'z';
}

// What ends a tag's or an attribute's name, and an attribute's value without quotes.
enum : uint8_t { kSpace = 1, kEndsName = 2, kEndsAttribute = 4, kEndsValue = 8 };
constexpr std::array<uint8_t, 256> kClasses = [] {
  std::array<uint8_t, 256> classes{};
  for (const char c : {' ', '\t', '\n', '\r', '\f'}) {
    classes[static_cast<unsigned char>(c)] = kSpace | kEndsName | kEndsAttribute | kEndsValue;
  }
  classes['/'] = kEndsName | kEndsAttribute;
  classes['>'] = kEndsName | kEndsAttribute | kEndsValue;
  classes['='] = kEndsAttribute;
  return classes;
}();

bool is(uint8_t what, char c) { return (kClasses[static_cast<unsigned char>(c)] & what) != 0; }

size_t find_byte(std::string_view text, char c, size_t from) {
  if (from >= text.size()) return text.size();
  const void* found = std::memchr(text.data() + from, c, text.size() - from);
  return found ? static_cast<size_t>(static_cast<const char*>(found) - text.data()) : text.size();
}

// What begins at a '<': a tag, something to leave out, or nothing but text.
enum class Markup { kTag, kDeclaration, kNone };
Markup markup_at(std::string_view source, size_t open) {
  const auto at = [&](size_t pos) { return pos < source.size() ? source[pos] : ' '; };
  const char c = at(open + 1);
  if (is_letter(c) || (c == '/' && is_letter(at(open + 2)))) return Markup::kTag;
  return c == '!' || c == '?' || c == '/' ? Markup::kDeclaration : Markup::kNone;
}

}  // namespace

bool equals_ignoring_case(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; };
  return std::ranges::equal(a, b, {}, lower, lower);
}

bool Tokenizer::next(Token& token) {
  token.attributes.clear();
  token.self_closing = token.raw = false;
  if (!raw_until_.empty() && raw_text(token)) return true;
  while (pos_ < source_.size()) {
    const Markup markup = source_[pos_] == '<' ? markup_at(source_, pos_) : Markup::kNone;
    if (markup == Markup::kTag) return tag(token);
    if (markup == Markup::kDeclaration) {
      skip_declaration();
      continue;
    }
    size_t end = pos_;
    do {
      end = find_byte(source_, '<', end + 1);
    } while (end < source_.size() && markup_at(source_, end) == Markup::kNone);
    token.kind = Token::Kind::kText;
    token.text = source_.substr(pos_, end - pos_);
    pos_ = end;
    return true;
  }
  return false;
}

// The text up to the end tag of the raw element; false where there is none.
bool Tokenizer::raw_text(Token& token) {
  const std::string_view name = raw_until_;
  raw_until_ = {};
  size_t end = find_byte(source_, '<', pos_);
  for (; end < source_.size(); end = find_byte(source_, '<', end + 1)) {
    const size_t after = end + 2 + name.size();
    if (after < source_.size() && source_[end + 1] == '/' && is(kEndsName, source_[after]) &&
        equals_ignoring_case(source_.substr(end + 2, name.size()), name)) {
      break;
    }
  }
  if (end == pos_) return false;
  token.kind = Token::Kind::kText;
  token.text = source_.substr(pos_, end - pos_);
  pos_ = end;
  return true;
}

// False where the source ends within it: such a tag is none.
bool Tokenizer::tag(Token& token) {
  const bool end_tag = source_[pos_ + 1] == '/';
  const size_t begin = pos_ + (end_tag ? 2 : 1);
  pos_ = begin;
  while (pos_ < source_.size() && !is(kEndsName, source_[pos_])) ++pos_;
  token.kind = end_tag ? Token::Kind::kEnd : Token::Kind::kStart;
  token.text = source_.substr(begin, pos_ - begin);
  token.info = tag_named(token.text);
  attributes(token);
  if (pos_ >= source_.size()) return false;
  ++pos_;
  if (!end_tag && !token.self_closing && (flags_of(token.info.tag) & kRawText) != 0)
    raw_until_ = token.text;
  return true;
}

// Reads up to the '>', or the end of the source.
void Tokenizer::attributes(Token& token) {
  const auto skip_space = [&] {
    while (pos_ < source_.size() && is(kSpace, source_[pos_])) ++pos_;
  };
  for (;;) {
    skip_space();
    if (pos_ >= source_.size() || source_[pos_] == '>') return;
    if (source_[pos_] == '/') {
      ++pos_;
      token.self_closing = pos_ < source_.size() && source_[pos_] == '>';
      continue;
    }
    Attribute attribute;
    const size_t begin = pos_++;  // a '=' at the start belongs to the name
    while (pos_ < source_.size() && !is(kEndsAttribute, source_[pos_])) ++pos_;
    attribute.name = source_.substr(begin, pos_ - begin);
    skip_space();
    if (pos_ < source_.size() && source_[pos_] == '=') {
      ++pos_;
      skip_space();
      attribute.value = value();
    }
    if (token.attributes.size() < kMaxAttributes) token.attributes.push_back(attribute);
  }
}

std::string_view Tokenizer::value() {
  if (pos_ >= source_.size()) return {};
  const char quote = source_[pos_];
  if (quote == '"' || quote == '\'') {
    const size_t begin = pos_ + 1;
    const size_t end = find_byte(source_, quote, begin);
    pos_ = std::min(end + 1, source_.size());
    return source_.substr(begin, end - begin);
  }
  const size_t begin = pos_;
  while (pos_ < source_.size() && !is(kEndsValue, source_[pos_])) ++pos_;
  return source_.substr(begin, pos_ - begin);
}

// Comments, doctypes, CDATA marks, processing instructions.
void Tokenizer::skip_declaration() {
  size_t end = std::string_view::npos;
  if (source_.substr(pos_, 4) == "<!--") {
    // "<!-->" and "<!--->" are whole comments.
    end = source_.find("-->", pos_ + 2);
    if (end != std::string_view::npos) end += 2;
  } else {
    end = source_.find('>', pos_);
  }
  pos_ = end == std::string_view::npos ? source_.size() : end + 1;
}

}  // namespace fundi::curate::html
