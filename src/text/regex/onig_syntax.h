#pragma once

#include <string>
#include <string_view>

namespace fundi::text {

// Rewrites a regular expression from Oniguruma's Ruby syntax, which tokenizer.json files are written
// in, to PCRE2's with the same meaning over Unicode 16: \s \w \d \h \b, POSIX brackets, nested and
// intersected character classes, properties, intervals. To be compiled with PCRE2_UTF and
// PCRE2_MULTILINE. Throws Error(kUnsupported) saying what has no counterpart (subexpression calls,
// absent operators, conditionals), kCorruptData where the expression is malformed. Multi-character
// case folding (ss for U+00DF) is not done.
std::string translate_onig(std::string_view pattern);

}  // namespace fundi::text
