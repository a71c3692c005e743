#include "curate/flow/extractor.h"

#include "base/text.h"

namespace fundi::curate {

Extractor::Extractor(const CurateRecipe& recipe)
    : recipe_(recipe),
      isolated_({.seconds = recipe.extract_timeout, .memory = recipe.extract_memory}) {}

Result<Extracted> Extractor::text_of(const RawDocument& raw) {
  const bool plain = raw.type == ContentType::kText || raw.type == ContentType::kMarkdown;
  return plain ? curate::extract(raw.bytes, raw.type, raw.charset, recipe_.extract)
               : isolated_.extract(raw.bytes, raw.type, raw.charset, recipe_.extract);
}

std::string Extractor::extract(RawDocument& raw) {
  Document& document = raw.document;
  if (document.messages.empty()) {
    Result<Extracted> result = text_of(raw);
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
