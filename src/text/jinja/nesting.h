#pragma once

#include "text/jinja/parser.h"

namespace fundi::text::jinja {

// Counts how deeply the parser's calls are nested while it lives.
class Parser::Nesting {
 public:
  Nesting(int& count, int most, int line) : count_(count) {
    if (count_ >= most) fail_syntax(line, "tags or brackets are nested too deeply");
    ++count_;
  }
  ~Nesting() { --count_; }
  Nesting(const Nesting&) = delete;
  Nesting& operator=(const Nesting&) = delete;

 private:
  int& count_;
};

}  // namespace fundi::text::jinja
