#include <algorithm>
#include <array>
#include <charconv>

#include "curate/extract/blocks.h"
#include "curate/extract/office.h"

namespace fundi::curate {
namespace {

// Not part of the text: remarks, what was deleted, the numbers of notes, formulas and outlines.
constexpr std::array<std::string_view, 7> kSkipped = {
    "annotation", "tracked-changes", "note-citation", "object",
    "forms",      "sequence-decls",  "ruby-text"};

// OpenDocument 1.2, part 1, chapters 5 to 9. Notes stand within paragraphs there, and behind the
// text here.
class Content final : public XmlHandler {
 public:
  explicit Content(uint64_t max_text) : main_(max_text), notes_(max_text) {}

  void begin(std::string_view name, const Attributes& attributes) override {
    if (skipped_ > 0 || std::ranges::find(kSkipped, name) != kSkipped.end()) {
      ++skipped_;
    } else if (name == "note-body") {
      ++note_bodies_;
    } else if (name == "p" || name == "h") {
      flow().end_paragraph();  // one that a frame interrupts
      ++flow().paragraphs;
    } else if (name == "list-item" || name == "list-header") {
      ++flow().items;
    } else if (name == "s") {
      flow().blocks.text(std::string(spaces(attributes.get("c")), ' '));
    } else if (name == "tab") {
      flow().blocks.text("\t");
    } else if (name == "line-break") {
      flow().blocks.line_break();
    } else if (name == "table") {
      flow().blocks.begin_table();
    }
  }

  void end(std::string_view name) override {
    if (skipped_ > 0) {
      --skipped_;
    } else if (name == "note-body") {
      --note_bodies_;
    } else if (name == "p" || name == "h") {
      flow().end_paragraph();
      --flow().paragraphs;
    } else if (name == "list-item" || name == "list-header") {
      --flow().items;
    } else if (name == "table-cell") {
      flow().blocks.end_cell();
    } else if (name == "table-row") {
      flow().blocks.end_row();
    } else if (name == "table") {
      flow().blocks.end_table();
    }
  }

  void characters(std::string_view text) override {
    if (flow().paragraphs == 0 || skipped_ > 0) return;
    // Line feeds are white space here; <line-break> is what breaks a line.
    size_t at = 0;
    while (at < text.size()) {
      const size_t feed = std::min(text.find('\n', at), text.size());
      flow().blocks.text(text.substr(at, feed - at));
      if (feed < text.size()) flow().blocks.text(" ");
      at = feed + 1;
    }
  }

  std::string take() {
    main_.blocks.text(notes_.blocks.take());
    return main_.blocks.take();
  }

 private:
  struct Flow {
    explicit Flow(uint64_t max_text) : blocks(max_text) {}
    void end_paragraph() {
      blocks.end_paragraph(items > 0 ? TextBlocks::Kind::kItem : TextBlocks::Kind::kParagraph);
    }
    TextBlocks blocks;
    uint64_t items = 0, paragraphs = 0;
  };

  Flow& flow() { return note_bodies_ > 0 ? notes_ : main_; }
  static size_t spaces(std::string_view count) {
    size_t n = 1;
    std::from_chars(count.data(), count.data() + count.size(), n);
    return std::min<size_t>(n, 16);
  }

  Flow main_, notes_;
  uint64_t skipped_ = 0, note_bodies_ = 0;
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
