#include "curate/extract/blocks.h"
#include "curate/extract/office.h"

namespace fundi::curate {
namespace {

// Finds the main part by the package's relations; nearly always word/document.xml.
class Relations final : public XmlHandler {
 public:
  void begin(std::string_view name, const Attributes& attributes) override {
    if (name == "Relationship" && attributes.get("Type").ends_with("/officeDocument")) {
      target = attributes.get("Target");
      if (target.starts_with('/')) target.erase(0, 1);
    }
  }
  void end(std::string_view) override {}
  void characters(std::string_view) override {}
  std::string target = "word/document.xml";
};

// WordprocessingML (ECMA-376 part 1, chapter 17).
class Body final : public XmlHandler {
 public:
  explicit Body(uint64_t max_text) : blocks_(max_text) {}

  void begin(std::string_view name, const Attributes&) override {
    // What stands in a fallback stands in the choice before it, too.
    if (skipped_ > 0 || name == "Fallback") {
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
    } else if (name == "numPr") {
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
  TextBlocks blocks_;
  TextBlocks::Kind kind_ = TextBlocks::Kind::kParagraph;
  uint64_t skipped_ = 0;
  bool in_text_ = false, in_properties_ = false;
};

}  // namespace

Extracted extract_docx(std::string_view bytes, const ExtractOptions& options) {
  ZipArchive archive(bytes, options.max_expansion);
  Relations relations;
  if (archive.has("_rels/.rels")) {
    parse_member(archive, "_rels/.rels", relations, options.max_depth);
  }
  Body body(options.max_text);
  parse_member(archive, relations.target, body, options.max_depth);
  Extracted out;
  out.text = body.take();
  read_dublin_core(archive, "docProps/core.xml", options.max_depth, out);
  return out;
}

}  // namespace fundi::curate
