#include "text/sentencepiece/normalizer.h"

#include "text/utf8.h"

namespace fundi::text {

Charsmap::Rule SentencePieceNormalizer::prefix(std::string_view text) const {
  if (const auto symbol = user_defined_.longest_prefix(text); symbol.value != ByteTrie::kNone) {
    return {symbol.length, text.substr(0, symbol.length)};
  }
  if (const auto rule = rules_.longest(text)) return *rule;
  const size_t length = code_point_at(text, 0).length;
  return {length, text.substr(0, length)};
}

void SentencePieceNormalizer::apply(NormalizedText& text) const {
  const std::string_view space = options_.escape_whitespaces ? "\u2581" : " ";
  const bool remove = options_.remove_extra_whitespaces;
  std::string_view in = text.text;
  while (remove && !in.empty()) {
    const Charsmap::Rule rule = prefix(in);
    if (rule.replacement != " ") break;
    in.remove_prefix(rule.length);
  }
  std::string out;
  out.reserve(in.size() + in.size() / 4 + 8);
  const bool dummy = options_.add_dummy_prefix && !in.empty();
  if (dummy && !options_.whitespace_as_suffix) out += space;
  bool after_space = remove;
  while (!in.empty()) {
    const Charsmap::Rule rule = prefix(in);
    std::string_view replacement = rule.replacement;
    while (after_space && replacement.starts_with(' ')) replacement.remove_prefix(1);
    for (const char c : replacement) {
      if (c == ' ') {
        out += space;
      } else {
        out.push_back(c);
      }
    }
    if (!replacement.empty()) after_space = replacement.ends_with(' ');
    after_space = after_space && remove;
    in.remove_prefix(rule.length);
  }
  while (remove && out.ends_with(space)) out.resize(out.size() - space.size());
  if (dummy && options_.whitespace_as_suffix) out += space;
  text.text = std::move(out);
}

}  // namespace fundi::text
