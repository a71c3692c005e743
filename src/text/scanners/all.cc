#include "base/text.h"
#include "text/scanners/scanner.h"

namespace fundi::text {
namespace {

struct Known {
  std::string_view pattern;
  std::shared_ptr<const Scanner> (*make)();
};

const Known kKnown[] = {
    {gpt2_pattern(), gpt2_scanner},
    {llama3_pattern(), [] { return llama3_scanner(3); }},
    // Qwen2, Qwen3: digits one by one.
    {qwen2_pattern(), [] { return llama3_scanner(1); }},
    // o200k_base: GPT-4o, gpt-oss, Llama 4.
    {R"([^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+)",
     o200k_scanner},
    {R"(\p{N})", [] { return digit_group_scanner(1); }},
    {deepseek_patterns()[0], [] { return digit_group_scanner(3); }},
    {deepseek_patterns()[1], deepseek_cjk_scanner},
    {deepseek_patterns()[2], deepseek_word_scanner},
};

}  // namespace

std::shared_ptr<const Scanner> find_scanner(std::string_view pattern) {
  // Some files hold real line breaks where others hold \r and \n.
  const std::string escaped =
      replace_all(replace_all(std::string(pattern), "\r", "\\r"), "\n", "\\n");
  for (const Known& known : kKnown) {
    if (known.pattern == escaped) return known.make();
  }
  return nullptr;
}

}  // namespace fundi::text
