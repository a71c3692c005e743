// A page, main content and all of it: valid UTF-8 in gives valid UTF-8 out, the same each time, or
// an error of the page.
// modules: curate

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/text.h"
#include "curate/extract/html.h"
#include "text/utf8.h"

namespace {

void check(std::string_view page, bool main_content) {
  const fundi::curate::ExtractOptions options{
      .main_content = main_content, .max_text = 1 << 20, .max_depth = 64};
  const auto first = fundi::curate::extract_html(page, options);
  if (!first.ok()) {
    if (first.error().code() != fundi::ErrorCode::kCorruptData) std::abort();
    return;
  }
  const fundi::curate::Extracted& got = first.value();
  for (const std::string_view text : {std::string_view(got.text), std::string_view(got.title)}) {
    if (fundi::find_invalid_utf8(text) != std::string_view::npos) std::abort();
    if (!text.empty() && text.back() == '\n') std::abort();
  }
  if (fundi::curate::extract_html(page, options).value().text != got.text) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  fundi::curate::declared_charset(bytes);
  const std::string page = fundi::text::replace_invalid_utf8(bytes);
  check(page, false);
  check(page, true);
  return 0;
}
