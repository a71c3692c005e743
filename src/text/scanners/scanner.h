#pragma once

#include <array>
#include <memory>
#include <string_view>

namespace fundi::text {

// Finds words as one regular expression would, by hand-written code: fast, without backtracking
// blow-up, and the same on every machine.
class Scanner {
 public:
  virtual ~Scanner() = default;
  // The end of the match that starts exactly at `begin`, or `begin` where there is none. `text` is
  // well-formed UTF-8 and all the expression may look at; begin < text.size().
  virtual size_t match(std::string_view text, size_t begin) const = 0;
};

// The scanner of an expression known by its exact text, or null. The list is in all.cc.
std::shared_ptr<const Scanner> find_scanner(std::string_view pattern);

// The texts that tokenizer.json files hold.
std::string_view gpt2_pattern();
std::string_view llama3_pattern();
std::string_view qwen2_pattern();
std::array<std::string_view, 3> deepseek_patterns();  // of DeepSeek-V3, applied one after another

// One factory a file.
std::shared_ptr<const Scanner> gpt2_scanner();
std::shared_ptr<const Scanner> llama3_scanner(int max_digits);  // Qwen2 is max_digits 1
std::shared_ptr<const Scanner> o200k_scanner();
std::shared_ptr<const Scanner> digit_group_scanner(int max_digits);  // \p{N}{1,max}
std::shared_ptr<const Scanner> deepseek_cjk_scanner();
std::shared_ptr<const Scanner> deepseek_word_scanner();

}  // namespace fundi::text
