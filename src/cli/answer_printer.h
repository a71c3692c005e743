#pragma once

#include <string_view>

#include "serve/answer.h"

namespace fundi::cli {

// Writes an answer to stdout while it is being made. The reasoning before it is shown dimmed on a
// terminal, and left out elsewhere.
class AnswerPrinter {
 public:
  AnswerPrinter();
  ~AnswerPrinter();  // ends the dimming
  AnswerPrinter(const AnswerPrinter&) = delete;
  AnswerPrinter& operator=(const AnswerPrinter&) = delete;
  // Throws kIo.
  void print(const serve::AnswerPiece& piece);

 private:
  const bool terminal_;
  bool dimmed_ = false;
};

// Throws kIo.
void print_now(std::string_view text);

}  // namespace fundi::cli
