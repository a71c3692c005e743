#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace fundi::text {

// A regular expression of tokenizer.json (Oniguruma's Ruby syntax, see onig_syntax.h), matched by
// PCRE2 with limits, since the expression may be hostile: exponential expressions end in an error
// after a fixed number of steps. Immutable, shared between threads.
class Regex {
 public:
  // Throws kUnsupported, kCorruptData naming the expression.
  explicit Regex(std::string_view pattern);
  ~Regex();
  Regex(const Regex&) = delete;
  Regex& operator=(const Regex&) = delete;

  struct Match {
    size_t begin, end;
  };
  // The leftmost match at `from` or later; look-behind sees the text before. Requires well-formed
  // UTF-8 and `from` at a character's start. Throws kInvalidArgument where the limits are met.
  std::optional<Match> find(std::string_view text, size_t from) const;

 private:
  struct Code;
  std::string pattern_;
  std::unique_ptr<Code> code_;
};

}  // namespace fundi::text
