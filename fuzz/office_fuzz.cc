// Any bytes as a DOCX, ODT or EPUB, which the first byte says: within bounds, whatever is claimed,
// and what comes out is UTF-8. A second form takes the input as the XML of a document instead of as
// an archive, which random bytes seldom are.
// modules: curate

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "../tests/curate/zip_testing.h"
#include "base/text.h"
#include "curate/extract/extract.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace fundi::curate;
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const ExtractOptions options{.max_text = 100'000, .max_depth = 64, .max_expansion = 1'000'000};
  const bool whole = (data[0] & 4) != 0;
  const auto run = [&](ContentType type, const char* member) {
    const auto out = extract(whole ? std::string(bytes) : make_zip({{member, std::string(bytes)}}),
                             type, "", options);
    if (!out.ok()) return;
    if (out.value().text.size() > options.max_text + 1000) std::abort();
    if (fundi::find_invalid_utf8(out.value().text) != std::string::npos) std::abort();
  };
  switch (data[0] & 3) {
    case 0:
      run(ContentType::kDocx, "word/document.xml");
      break;
    case 1:
      run(ContentType::kOdt, "content.xml");
      break;
    default:
      run(ContentType::kEpub, "META-INF/container.xml");
  }
  return 0;
}
