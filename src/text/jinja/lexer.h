#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace fundi::text::jinja {

enum class TokenType : uint8_t {
  kData,           // text outside the tags, white-space control already applied
  kVariableBegin,  // {{
  kVariableEnd,
  kBlockBegin,  // {%
  kBlockEnd,
  kName,
  kInteger,
  kFloat,
  kString,  // the text it stands for, escapes resolved
  kOperator,
  kEnd
};

struct Token {
  TokenType type;
  std::string text;
  int line;
};

// Cuts a template into tokens, as Jinja 3.1 does with trim_blocks and lstrip_blocks on and
// keep_trailing_newline off, which is how transformers sets it up. Comments leave no token, and the
// content of a raw block is data. The last token is kEnd. Throws kCorruptData with the line.
std::vector<Token> tokenize(std::string_view source);

[[noreturn]] void fail_syntax(int line, std::string_view problem);

}  // namespace fundi::text::jinja
