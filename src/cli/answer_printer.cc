#include "cli/answer_printer.h"

#include <unistd.h>

#include <cstdio>
#include <string_view>

#include "base/error.h"

namespace fundi::cli {
namespace {

constexpr std::string_view kDim = "\x1b[2m", kPlain = "\x1b[0m";

}  // namespace

void print_now(std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
  if (std::fflush(stdout) != 0) fail(ErrorCode::kIo, "cannot write to stdout");
}

AnswerPrinter::AnswerPrinter() : terminal_(isatty(STDOUT_FILENO) != 0) {}

AnswerPrinter::~AnswerPrinter() {
  if (!dimmed_) return;
  std::fwrite(kPlain.data(), 1, kPlain.size(), stdout);
  std::fflush(stdout);
}

void AnswerPrinter::print(const serve::AnswerPiece& piece) {
  if (!piece.reasoning.empty() && terminal_) {
    if (!dimmed_) print_now(kDim);
    dimmed_ = true;
    print_now(piece.reasoning);
  }
  if (piece.content.empty()) return;
  if (dimmed_) {
    dimmed_ = false;
    print_now(kPlain);
    print_now("\n\n");
  }
  print_now(piece.content);
}

}  // namespace fundi::cli
