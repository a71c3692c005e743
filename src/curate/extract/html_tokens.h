#pragma once

#include <string_view>
#include <vector>

#include "curate/extract/html_tags.h"

namespace fundi::curate::html {

struct Attribute {
  std::string_view name, value;  // as they stand in the source, references not replaced
};

struct Token {
  enum class Kind { kText, kStart, kEnd } kind = Kind::kText;
  std::string_view text;  // of a text, references not replaced; of a tag its name
  bool raw = false;       // a text in which '&' is no reference
  TagInfo info;
  bool self_closing = false;
  std::vector<Attribute> attributes;
};

// Cuts HTML at its tags as browsers do; comments, doctypes and processing instructions are left
// out. Linear in the input, whatever it is. `source` must outlive what is read from it.
class Tokenizer {
 public:
  static constexpr size_t kMaxAttributes = 256;  // of a tag; more are left out

  explicit Tokenizer(std::string_view source) : source_(source) {}
  // False at the end; `token` is replaced.
  bool next(Token& token);

 private:
  bool raw_text(Token& token);
  bool tag(Token& token);
  void attributes(Token& token);
  std::string_view value();
  void skip_declaration();

  std::string_view source_;
  size_t pos_ = 0;
  std::string_view raw_until_;  // name of the raw text element that is open
};

// Of ASCII letters.
bool equals_ignoring_case(std::string_view a, std::string_view b);

}  // namespace fundi::curate::html
