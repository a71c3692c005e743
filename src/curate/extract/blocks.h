#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace fundi::curate {

// The text of an office document from its paragraphs: a blank line between them, none between the
// items of a list, which begin "- ", and the rows of a table, whose cells " | " parts. White space
// within a line is folded. Throws kCorruptData beyond `max_text` bytes.
class TextBlocks {
 public:
  explicit TextBlocks(uint64_t max_text) : max_text_(max_text) {}

  void text(std::string_view piece);  // of the paragraph that is open
  void line_break();
  enum class Kind { kParagraph, kItem };
  void end_paragraph(Kind kind);  // within a cell it becomes a part of that

  // Tables within cells become text of the cell.
  void begin_table();
  void end_cell();
  void end_row();
  void end_table();

  std::string take();  // what stands in an open paragraph included

 private:
  void put(std::string line, char kind);
  uint64_t max_text_, pending_ = 0;
  std::string out_, paragraph_, cell_, row_;
  uint64_t tables_ = 0;
  char last_ = 0;  // kind of the block that stands last: 'p', 'i', 'r'
};

}  // namespace fundi::curate
