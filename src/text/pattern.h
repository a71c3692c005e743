#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

#include "text/function_ref.h"
#include "text/json_reader.h"
#include "text/scanners/scanner.h"

namespace fundi::text {

// What the parts of a tokenizer look for in text: a string, a regular expression, or a scanner that
// stands for one.
class Pattern {
 public:
  using Sink = FunctionRef<void(size_t begin, size_t end)>;
  virtual ~Pattern() = default;
  // Calls sink for the matches in order, leftmost first, without overlap. Empty ones are among them,
  // but none right behind another match. Requires well-formed UTF-8.
  virtual void matches(std::string_view text, Sink sink) const = 0;
};

// {"String": ...} or {"Regex": ...} of tokenizer.json. Throws kUnsupported, kCorruptData.
std::shared_ptr<const Pattern> parse_pattern(const JsonReader& json);

// A scanner where the expression is a known one, else a Regex.
std::shared_ptr<const Pattern> regex_pattern(std::string_view expression);
std::shared_ptr<const Pattern> scanner_pattern(std::shared_ptr<const Scanner> scanner);
std::shared_ptr<const Pattern> string_pattern(std::string_view content);

}  // namespace fundi::text
