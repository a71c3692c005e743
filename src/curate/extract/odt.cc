#include <algorithm>
#include <array>
#include <charconv>

#include "curate/extract/blocks.h"
#include "curate/extract/office.h"

namespace fundi::curate {
namespace {

// Not part of the text: remarks, what was deleted, the numbers of footnotes, formulas and outlines.
constexpr std::array<std::string_view, 7> kSkipped = {
    "annotation", "tracked-changes", "note", "object", "forms", "sequence-decls", "ruby-text"};

// OpenDocument 1.2, part 1, chapters 5 to 9.
class Content final : public XmlHandler {
 public:
  explicit Content(uint64_t max_text) : blocks_(max_text) {}

  void begin(std::string_view name, const Attributes& attributes) override {
    if (skipped_ > 0 || std::ranges::find(kSkipped, name) != kSkipped.end()) {
      ++skipped_;
    } else if (name == "p" || name == "h") {
      blocks_.end_paragraph(kind());  // one that a frame interrupts
      ++paragraphs_;
    } else if (name == "list-item" || name == "list-header") {
      ++items_;
    } else if (name == "s") {
      blocks_.text(std::string(spaces(attributes.get("c")), ' '));
    } else if (name == "tab") {
      blocks_.text("\t");
    } else if (name == "line-break") {
      blocks_.line_break();
    } else if (name == "table") {
      blocks_.begin_table();
    }
  }

  void end(std::string_view name) override {
    if (skipped_ > 0) {
      --skipped_;
    } else if (name == "p" || name == "h") {
      blocks_.end_paragraph(kind());
      --paragraphs_;
    } else if (name == "list-item" || name == "list-header") {
      --items_;
    } else if (name == "table-cell") {
      blocks_.end_cell();
    } else if (name == "table-row") {
      blocks_.end_row();
    } else if (name == "table") {
      blocks_.end_table();
    }
  }

  void characters(std::string_view text) override {
    if (paragraphs_ == 0 || skipped_ > 0) return;
    // Line feeds are white space here; <line-break> is what breaks a line.
    size_t at = 0;
    while (at < text.size()) {
      const size_t feed = std::min(text.find('\n', at), text.size());
      blocks_.text(text.substr(at, feed - at));
      if (feed < text.size()) blocks_.text(" ");
      at = feed + 1;
    }
  }

  std::string take() { return blocks_.take(); }

 private:
  TextBlocks::Kind kind() const {
    return items_ > 0 ? TextBlocks::Kind::kItem : TextBlocks::Kind::kParagraph;
  }
  static size_t spaces(std::string_view count) {
    size_t n = 1;
    std::from_chars(count.data(), count.data() + count.size(), n);
    return std::min<size_t>(n, 16);
  }

  TextBlocks blocks_;
  uint64_t skipped_ = 0, items_ = 0, paragraphs_ = 0;
};

}  // namespace

Extracted extract_odt(std::string_view bytes, const ExtractOptions& options) {
  ZipArchive archive(bytes, options.max_expansion);
  if (archive.has("META-INF/manifest.xml") &&
      archive.read("META-INF/manifest.xml").find("encryption-data") != std::string::npos) {
    fail(ErrorCode::kCorruptData, "encrypted; save it without a password");
  }
  Content content(options.max_text);
  parse_member(archive, "content.xml", content, options.max_depth);
  Extracted out;
  out.text = content.take();
  read_dublin_core(archive, "meta.xml", options.max_depth, out);
  return out;
}

}  // namespace fundi::curate
