#pragma once

#include <string>
#include <string_view>

#include "base/error.h"
#include "curate/extract/extract.h"
#include "curate/extract/xml_reader.h"
#include "curate/extract/zip_archive.h"

namespace fundi::curate {

// Documents that are zip archives of XML. Footnotes and endnotes are paragraphs behind the text.
// All three throw kCorruptData and kUnsupported.
Extracted extract_docx(std::string_view bytes, const ExtractOptions& options);
Extracted extract_odt(std::string_view bytes, const ExtractOptions& options);
Extracted extract_epub(std::string_view bytes, const ExtractOptions& options);  // in reading order

// Feeds a member to a handler. Throws kCorruptData naming the member.
void parse_member(ZipArchive& archive, const std::string& name, XmlHandler& handler,
                  uint64_t max_depth);

// Title and language as Dublin Core states them: dc:title and dc:language of docProps/core.xml,
// meta.xml and OPF packages.
class DublinCore : public XmlHandler {
 public:
  explicit DublinCore(Extracted& out) : out_(out) {}
  void begin(std::string_view name, const Attributes& attributes) override;
  void end(std::string_view name) override;
  void characters(std::string_view text) override;

 private:
  Extracted& out_;
  std::string* target_ = nullptr;
};

// The same for a member that may be missing or broken, which harms nobody.
void read_dublin_core(ZipArchive& archive, const std::string& name, uint64_t max_depth,
                      Extracted& out);

}  // namespace fundi::curate
