#include "curate/extract/extract.h"

#include <new>

#include "base/text.h"
#include "curate/extract/charset.h"
#include "curate/extract/html.h"
#include "curate/extract/office.h"
#include "curate/extract/pdf.h"
#include "curate/extract/text.h"

namespace fundi::curate {
namespace {

Result<Extracted> extract_type(std::string_view bytes, ContentType type, std::string_view charset,
                               const ExtractOptions& options) {
  switch (type) {
    case ContentType::kText:
      return extract_text(bytes, charset, options);
    case ContentType::kMarkdown:
      return extract_markdown(bytes, charset, options);
    case ContentType::kHtml:
      return extract_html(to_utf8(bytes, charset).text, options);
    case ContentType::kPdf:
      return extract_pdf(bytes, options);
    case ContentType::kDocx:
      return extract_docx(bytes, options);
    case ContentType::kOdt:
      return extract_odt(bytes, options);
    case ContentType::kEpub:
      return extract_epub(bytes, options);
  }
  return Error(ErrorCode::kInternal, "no extractor for this content type");
}

}  // namespace

Result<Extracted> extract(std::string_view bytes, ContentType type, std::string_view charset,
                          const ExtractOptions& options) {
  try {
    Result<Extracted> out = extract_type(bytes, type, charset, options);
    if (out.ok()) out.value().repaired += repair_mojibake(out.value().text);
    return out;
  } catch (const Error& e) {
    return e;
  } catch (const std::bad_alloc&) {
    throw;
  } catch (const std::exception& e) {
    return Error(ErrorCode::kCorruptData, e.what());
  }
}

}  // namespace fundi::curate
