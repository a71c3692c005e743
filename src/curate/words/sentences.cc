#include "curate/words/sentences.h"

#include <unicode/brkiter.h>
#include <unicode/utext.h>

#include <memory>

#include "base/error.h"
#include "base/text.h"

namespace fundi::curate {

void split_sentences(std::string_view text, std::vector<std::string_view>& sentences) {
  sentences.clear();
  UErrorCode status = U_ZERO_ERROR;
  UText source = UTEXT_INITIALIZER;
  utext_openUTF8(&source, text.data(), static_cast<int64_t>(text.size()), &status);
  std::unique_ptr<icu::BreakIterator> iterator(
      icu::BreakIterator::createSentenceInstance(icu::Locale::getRoot(), status));
  if (U_FAILURE(status)) fail(ErrorCode::kInternal, "ICU has no sentence breaks");
  iterator->setText(&source, status);
  int32_t begin = iterator->first();
  for (int32_t end = iterator->next(); end != icu::BreakIterator::DONE; end = iterator->next()) {
    const auto sentence =
        trim(text.substr(static_cast<size_t>(begin), static_cast<size_t>(end - begin)));
    if (!sentence.empty()) sentences.push_back(sentence);
    begin = end;
  }
  utext_close(&source);
}

}  // namespace fundi::curate
