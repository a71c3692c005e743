#include "curate/extract/html_text.h"

#include <algorithm>
#include <array>

#include "base/error.h"
#include "base/text.h"
#include "curate/extract/html_entities.h"

namespace fundi::curate::html {
namespace {

enum : uint8_t { kPlain, kSpace, kReference, kMaybeNbsp, kDropped };
constexpr std::array<uint8_t, 256> kKinds = [] {
  std::array<uint8_t, 256> kinds{};
  for (size_t c = 0; c < 0x20; ++c) kinds[c] = kDropped;
  for (const char c : {' ', '\t', '\n', '\r', '\f', '\v'}) kinds[static_cast<size_t>(c)] = kSpace;
  kinds['&'] = kReference;
  kinds[0x7F] = kDropped;
  kinds[0xC2] = kMaybeNbsp;
  return kinds;
}();

uint8_t kind_of(char c) { return kKinds[static_cast<unsigned char>(c)]; }

constexpr std::string_view kNbsp = "\u00A0";

// Calls word(run of other characters) and space() for each stretch of white space, no-break spaces
// among it; control characters are left out.
template <typename Word, typename Space>
void split_spaces(std::string_view text, Word word, Space space) {
  for (size_t pos = 0; pos < text.size();) {
    size_t end = pos;
    while (end < text.size() && kind_of(text[end]) != kSpace && kind_of(text[end]) != kDropped &&
           text.substr(end, 2) != kNbsp) {
      ++end;
    }
    if (end > pos) word(text.substr(pos, end - pos));
    if (end == text.size()) return;
    if (kind_of(text[end]) != kDropped) space();
    pos = end + (text[end] == kNbsp[0] ? 2 : 1);
  }
}

// Puts text together from pieces and the breaks asked for between them, which come out only once
// more text follows.
class Layout {
 public:
  explicit Layout(uint64_t max_text) : max_text_(max_text) {}

  void space() { space_ = true; }
  void line_break(int lines) {
    if (in_cell_) return space();
    breaks_ = std::max(breaks_, in_list_ > 0 ? std::min(lines, 1) : lines);
  }
  void forced_break() {  // <br>: two of them leave a blank line
    if (in_cell_) return space();
    breaks_ = std::min(breaks_ + 1, 2);
  }

  void open_list() {
    line_break(2);
    ++in_list_;
  }
  void close_list() {
    --in_list_;
    line_break(2);
  }
  void bullet() {
    line_break(1);
    bullet_ = true;
  }

  void open_row() {
    in_cell_ = false;
    line_break(1);
    cells_ = separators_ = 0;
  }
  void open_cell() {
    if (cells_++ > 0) ++separators_;
    in_cell_ = true;
  }
  void close_row() {
    separators_ = 0;
    in_cell_ = false;
    line_break(1);
  }

  void text(std::string_view piece) {
    flush();
    append(piece);
  }

  // Verbatim, but for line ends.
  void code(std::string_view piece) {
    size_t pos = 0;
    if (out_.empty() || breaks_ > 0) {  // blank lines at its beginning
      const size_t first = piece.find_first_not_of("\r\n\t ");
      if (first == std::string_view::npos) return;
      const size_t line = piece.find_last_of("\r\n", first);
      if (line != std::string_view::npos) pos = line + 1;
    }
    flush();
    for (; pos < piece.size(); ++pos) {
      if (piece[pos] == '\r') {
        if (piece.substr(pos + 1, 1) == "\n") continue;
        out_ += '\n';
      } else if (piece.substr(pos, 2) == kNbsp) {
        out_ += ' ';
        ++pos;
      } else if (kind_of(piece[pos]) != kDropped) {
        out_ += piece[pos];
      }
    }
    check();
  }
  void close_code() {
    trim_end();
    line_break(2);
  }

  std::string release() && {
    trim_end();
    return std::move(out_);
  }

 private:
  void trim_end() {
    while (!out_.empty() && kind_of(out_.back()) == kSpace) out_.pop_back();
  }

  void flush() {
    if (breaks_ > 0 || out_.empty()) {
      if (!out_.empty()) out_.append(static_cast<size_t>(breaks_), '\n');
      if (bullet_) {
        constexpr int kDeepestIndent = 8;
        out_.append(static_cast<size_t>(2 * std::clamp(in_list_ - 1, 0, kDeepestIndent)), ' ');
        out_ += "- ";
      }
      for (; separators_ > 0; --separators_) out_ += "| ";
    } else if (separators_ > 0) {
      for (; separators_ > 0; --separators_) out_ += " |";
      out_ += ' ';
    } else if (space_) {
      out_ += ' ';
    }
    breaks_ = 0;
    space_ = bullet_ = false;
  }

  void append(std::string_view piece) {
    out_ += piece;
    check();
  }
  void check() const {
    if (out_.size() <= max_text_) return;
    fail(ErrorCode::kCorruptData, "HTML with more than {} of text; raise the limit",
         format_bytes(max_text_));
  }

  const uint64_t max_text_;
  std::string out_;
  int breaks_ = 0, in_list_ = 0, cells_ = 0, separators_ = 0;
  bool space_ = false, bullet_ = false, in_cell_ = false;
};

// Tables that only place things on the page: with tables, headings, code or lists in their cells,
// or more paragraphs than cells. One byte a node, set for such tables.
std::vector<uint8_t> layout_tables(const Tree& tree) {
  const std::vector<Node>& nodes = tree.nodes;
  std::vector<uint8_t> layout(nodes.size());
  std::vector<uint32_t> table(nodes.size());      // the innermost around each node, 0: none
  std::vector<int32_t> paragraphs(nodes.size());  // of a table, less its cells
  for (uint32_t i = 1; i < nodes.size(); ++i) {
    const uint32_t parent = nodes[i].parent;
    table[i] = nodes[parent].tag == Tag::kTable ? parent : table[parent];
    switch (nodes[i].tag) {
      case Tag::kTable:
      case Tag::kHeading:
      case Tag::kPre:
      case Tag::kList:
      case Tag::kDl:
      case Tag::kBlockquote:
        layout[table[i]] = 1;
        break;
      case Tag::kP:
        if (++paragraphs[table[i]] > 0) layout[table[i]] = 1;
        break;
      case Tag::kTd:
        --paragraphs[table[i]];
        break;
      default:
        break;
    }
  }
  return layout;
}

class Renderer {
 public:
  Renderer(const Tree& tree, const Selection& selection, uint64_t max_text)
      : tree_(tree), selection_(selection), layout_(max_text), tables_(layout_tables(tree)) {}

  std::string render() && {
    for (const uint32_t root : selection_.roots) subtree(root);
    return std::move(layout_).release();
  }

 private:
  void subtree(uint32_t root) {
    const uint32_t end = tree_.nodes[root].end;
    for (uint32_t i = root; i < end;) {
      while (!open_.empty() && tree_.nodes[open_.back()].end <= i) leave();
      if (selection_.dropped[i]) {
        i = tree_.nodes[i].end;
        continue;
      }
      enter(i);
      ++i;
    }
    while (!open_.empty()) leave();
  }

  void enter(uint32_t i) {
    const Node& node = tree_.nodes[i];
    if (node.tag == Tag::kText) return text(node);
    open_.push_back(i);
    switch (node.tag) {
      case Tag::kBr:
        layout_.forced_break();
        break;
      case Tag::kList:
        layout_.open_list();
        break;
      case Tag::kLi:
        layout_.bullet();
        break;
      case Tag::kTable:
        layout_.line_break(2);
        data_table_.push_back(tables_[i] == 0);
        break;
      case Tag::kTr:
        is_data() ? layout_.open_row() : layout_.line_break(1);
        break;
      case Tag::kTd:
        is_data() ? layout_.open_cell() : layout_.line_break(1);
        break;
      case Tag::kPre:
        ++code_;
        layout_.line_break(2);
        break;
      default:
        if (tree_.has(node, kBlock)) layout_.line_break(lines_around(node.tag));
    }
  }

  void leave() {
    const Node& node = tree_.nodes[open_.back()];
    open_.pop_back();
    switch (node.tag) {
      case Tag::kList:
        layout_.close_list();
        break;
      case Tag::kTable:
        layout_.close_row();
        layout_.line_break(2);
        data_table_.pop_back();
        break;
      case Tag::kTr:
        is_data() ? layout_.close_row() : layout_.line_break(1);
        break;
      case Tag::kPre:
        --code_;
        layout_.close_code();
        break;
      case Tag::kButton:
        layout_.space();
        break;
      case Tag::kDd:
        layout_.line_break(2);  // before the next term
        break;
      default:
        if (tree_.has(node, kBlock)) layout_.line_break(lines_around(node.tag));
    }
  }

  static int lines_around(Tag tag) {
    switch (tag) {
      case Tag::kP:
      case Tag::kHeading:
      case Tag::kBlockquote:
      case Tag::kDl:
      case Tag::kFigure:
      case Tag::kHr:
      case Tag::kArticle:
        return 2;
      default:
        return 1;
    }
  }

  bool is_data() const { return !data_table_.empty() && data_table_.back(); }

  void text(const Node& node) {
    if (node.spaced) layout_.space();
    std::string_view source = tree_.text(node);
    if (source.find('&') != std::string_view::npos) {
      decoded_.clear();
      append_decoded(source, false, decoded_);
      source = decoded_;
    }
    if (code_ > 0) return layout_.code(source);
    split_spaces(
        source, [&](std::string_view word) { layout_.text(word); }, [&] { layout_.space(); });
  }

  const Tree& tree_;
  const Selection& selection_;
  Layout layout_;
  const std::vector<uint8_t> tables_;
  std::vector<uint32_t> open_;
  std::vector<bool> data_table_;
  std::string decoded_;
  int code_ = 0;
};

}  // namespace

std::string render(const Tree& tree, const Selection& selection, uint64_t max_text) {
  return Renderer(tree, selection, max_text).render();
}

std::string line_of(const Tree& tree, uint32_t node, const std::vector<uint8_t>& dropped) {
  constexpr size_t kLongest = 4096;
  std::string raw;
  for (uint32_t i = node; i < tree.nodes[node].end && raw.size() < kLongest;) {
    if (tree.nodes[i].tag == Tag::kText && !dropped[i]) {
      if (tree.nodes[i].spaced) raw += ' ';
      append_decoded(tree.text(tree.nodes[i]), false, raw);
    }
    i = dropped[i] ? tree.nodes[i].end : i + 1;
  }
  return fold_spaces(raw);
}

std::string fold_spaces(std::string_view text) {
  std::string out;
  bool space = false;
  split_spaces(
      text,
      [&](std::string_view word) {
        if (space && !out.empty()) out += ' ';
        space = false;
        out += word;
      },
      [&] { space = true; });
  return out;
}

}  // namespace fundi::curate::html
