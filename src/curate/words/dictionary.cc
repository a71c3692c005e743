#include "curate/words/dictionary.h"

#include <unicode/brkiter.h>
#include <unicode/utext.h>

#include <memory>

#include "base/error.h"

namespace fundi::curate {
namespace {

// ICU's iterators belong to one thread at a time and take long to make.
icu::BreakIterator& word_breaks() {
  thread_local const std::unique_ptr<icu::BreakIterator> iterator = [] {
    UErrorCode status = U_ZERO_ERROR;
    std::unique_ptr<icu::BreakIterator> made(
        icu::BreakIterator::createWordInstance(icu::Locale::getRoot(), status));
    if (U_FAILURE(status)) fail(ErrorCode::kInternal, "ICU has no word breaks");
    return made;
  }();
  return *iterator;
}

}  // namespace

void divide_by_dictionary(std::string_view stretch, std::vector<uint32_t>& ends) {
  ends.clear();
  UErrorCode status = U_ZERO_ERROR;
  UText source = UTEXT_INITIALIZER;
  utext_openUTF8(&source, stretch.data(), static_cast<int64_t>(stretch.size()), &status);
  icu::BreakIterator& breaks = word_breaks();
  breaks.setText(&source, status);
  if (U_FAILURE(status)) fail(ErrorCode::kInternal, "ICU: {}", u_errorName(status));
  breaks.first();
  for (int32_t end = breaks.next(); end != icu::BreakIterator::DONE; end = breaks.next()) {
    ends.push_back(static_cast<uint32_t>(end));
  }
  utext_close(&source);
}

}  // namespace fundi::curate
