#include "curate/flow/extractor.h"

#include "base/text.h"

namespace fundi::curate {

std::string Extractor::extract(RawDocument& raw) {
  Document& document = raw.document;
  if (document.messages.empty()) {
    Result<Extracted> result = curate::extract(raw.bytes, raw.type, raw.charset, recipe_.extract);
    if (!result.ok()) return result.error().what();
    Extracted& extracted = result.value();
    document.text = std::move(extracted.text);
    if (!extracted.title.empty() && !document.meta.contains("title")) {
      document.meta["title"] = std::move(extracted.title);
    }
    if (document.language.empty()) document.language = std::move(extracted.language);
  }
  return trim(document.text).empty() ? "holds no text" : "";
}

}  // namespace fundi::curate
