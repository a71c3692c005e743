#include "curate/extract/blocks.h"

#include <utility>

#include "base/error.h"
#include "base/text.h"

namespace fundi::curate {
namespace {

// White space folded to one space, none at the ends of lines.
std::string fold(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\n') {
      while (out.ends_with(' ')) out.pop_back();
      out += '\n';
    } else if (c != ' ' && c != '\t' && c != '\r') {
      out += c;
    } else if (!out.empty() && !out.ends_with(' ') && !out.ends_with('\n')) {
      out += ' ';
    }
  }
  return std::string(trim(out));
}

std::string on_one_line(std::string text) {
  for (char& c : text) c = c == '\n' ? ' ' : c;
  return text;
}

}  // namespace

void TextBlocks::text(std::string_view piece) {
  pending_ += piece.size();
  if (pending_ > max_text_) {
    fail(ErrorCode::kCorruptData, "more than {} of text", format_bytes(max_text_));
  }
  paragraph_ += piece;
}

void TextBlocks::line_break() { text("\n"); }

void TextBlocks::end_paragraph(Kind kind) {
  std::string line = fold(std::exchange(paragraph_, {}));
  if (line.empty()) return;
  if (tables_ > 0) {
    if (!cell_.empty()) cell_ += ' ';
    cell_ += on_one_line(std::move(line));
  } else if (kind == Kind::kItem) {
    put("- " + line, 'i');
  } else {
    put(std::move(line), 'p');
  }
}

void TextBlocks::begin_table() {
  end_paragraph(Kind::kParagraph);
  ++tables_;
}

void TextBlocks::end_cell() {
  end_paragraph(Kind::kParagraph);
  if (tables_ != 1) return;
  if (!row_.empty() && !cell_.empty()) row_ += " | ";
  row_ += std::exchange(cell_, {});
}

void TextBlocks::end_row() {
  if (tables_ == 1 && !row_.empty()) put(std::exchange(row_, {}), 'r');
}

void TextBlocks::end_table() {
  if (tables_ == 0) return;
  if (tables_ == 1) {
    end_cell();
    end_row();
  }
  --tables_;
}

void TextBlocks::put(std::string line, char kind) {
  if (!out_.empty()) out_ += kind == last_ && kind != 'p' ? "\n" : "\n\n";
  out_ += line;
  last_ = kind;
}

std::string TextBlocks::take() {
  while (tables_ > 0) end_table();
  end_paragraph(Kind::kParagraph);
  return std::exchange(out_, {});
}

}  // namespace fundi::curate
