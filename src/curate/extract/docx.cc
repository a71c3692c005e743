#include <array>
#include <utility>

#include "curate/extract/blocks.h"
#include "curate/extract/office.h"

namespace fundi::curate {
namespace {

// Where the parts are that a part refers to, or, where that has no name, the package; nearly always
// word/document.xml and its neighbours.
class Relations final : public XmlHandler {
 public:
  Relations(ZipArchive& archive, std::string_view part, uint64_t max_depth)
      : folder_(part.substr(0, part.rfind('/') + 1)) {
    const std::string name = fmt::format("{}_rels/{}.rels", folder_, part.substr(folder_.size()));
    if (archive.has(name)) parse_member(archive, name, *this, max_depth);
  }
  void begin(std::string_view name, const Attributes& attributes) override {
    if (name != "Relationship") return;
    const std::string_view type = attributes.get("Type");
    for (auto& [kind, target] : targets_) {
      if (type.ends_with(kind)) target = attributes.get("Target");
    }
  }
  void end(std::string_view) override {}
  void characters(std::string_view) override {}

  std::string document() const { return path_of(targets_[0].second); }
  std::string footnotes() const { return path_of(targets_[1].second); }
  std::string endnotes() const { return path_of(targets_[2].second); }

 private:
  std::string path_of(const std::string& target) const {
    if (target.starts_with('/')) return target.substr(1);
    return fs::path(folder_ + target).lexically_normal().generic_string();
  }

  std::string folder_;
  std::array<std::pair<std::string_view, std::string>, 3> targets_ = {
      {{"/officeDocument", "word/document.xml"},
       {"/footnotes", "footnotes.xml"},
       {"/endnotes", "endnotes.xml"}}};
};

// WordprocessingML (ECMA-376 part 1, chapter 17): the main part, then the parts with its notes.
class Body final : public XmlHandler {
 public:
  explicit Body(uint64_t max_text) : blocks_(max_text) {}

  void begin(std::string_view name, const Attributes& attributes) override {
    // What stands in a fallback stands in the choice before it, too.
    if (skipped_ > 0 || name == "Fallback" || is_separator(name, attributes)) {
      ++skipped_;
    } else if (name == "p") {
      blocks_.end_paragraph(kind_);
      kind_ = TextBlocks::Kind::kParagraph;
    } else if (name == "t") {
      in_text_ = true;
    } else if (name == "tab") {
      if (!in_properties_) blocks_.text("\t");
    } else if (name == "br" || name == "cr") {
      blocks_.line_break();
    } else if (name == "noBreakHyphen") {
      blocks_.text("-");
    } else if (name == "pPr") {
      in_properties_ = true;
    } else if (name == "numPr" || (name == "pStyle" && is_list(attributes.get("val")))) {
      kind_ = TextBlocks::Kind::kItem;
    } else if (name == "tbl") {
      blocks_.begin_table();
    }
  }

  void end(std::string_view name) override {
    if (skipped_ > 0) {
      --skipped_;
    } else if (name == "p") {
      blocks_.end_paragraph(kind_);
      kind_ = TextBlocks::Kind::kParagraph;
    } else if (name == "t") {
      in_text_ = false;
    } else if (name == "pPr") {
      in_properties_ = false;
    } else if (name == "tc") {
      blocks_.end_cell();
    } else if (name == "tr") {
      blocks_.end_row();
    } else if (name == "tbl") {
      blocks_.end_table();
    }
  }

  void characters(std::string_view text) override {
    if (in_text_ && skipped_ == 0) blocks_.text(text);
  }

  std::string take() { return blocks_.take(); }

 private:
  // What Word draws between text and notes is stored as a note, too.
  static bool is_separator(std::string_view name, const Attributes& attributes) {
    if (name != "footnote" && name != "endnote") return false;
    const std::string_view type = attributes.get("type");
    return !type.empty() && type != "normal";
  }
  static bool is_list(std::string_view style) {
    return style.starts_with("ListBullet") || style.starts_with("ListNumber");
  }

  TextBlocks blocks_;
  TextBlocks::Kind kind_ = TextBlocks::Kind::kParagraph;
  uint64_t skipped_ = 0;
  bool in_text_ = false, in_properties_ = false;
};

}  // namespace

Extracted extract_docx(std::string_view bytes, const ExtractOptions& options) {
  ZipArchive archive(bytes, options.max_expansion);
  const std::string document = Relations(archive, "", options.max_depth).document();
  Body body(options.max_text);
  parse_member(archive, document, body, options.max_depth);
  const Relations relations(archive, document, options.max_depth);
  for (const std::string& notes : {relations.footnotes(), relations.endnotes()}) {
    if (archive.has(notes)) parse_member(archive, notes, body, options.max_depth);
  }
  Extracted out;
  out.text = body.take();
  read_dublin_core(archive, "docProps/core.xml", options.max_depth, out);
  return out;
}

}  // namespace fundi::curate
