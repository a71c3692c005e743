// Any bytes as a DOCX, ODT or EPUB, which the first byte says: within bounds, whatever is claimed,
// and what comes out is UTF-8. A second form takes the input as the XML of a document instead of as
// an archive, which random bytes seldom are.
// modules: curate

#include <zip.h>

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/text.h"
#include "curate/extract/extract.h"

namespace {

std::string zip_of(const char* name, std::string_view content) {
  zip_error_t error;
  zip_error_init(&error);
  zip_source_t* target = zip_source_buffer_create(nullptr, 0, 0, &error);
  zip_t* archive = zip_open_from_source(target, ZIP_CREATE | ZIP_TRUNCATE, &error);
  zip_source_keep(target);
  zip_file_add(archive, name, zip_source_buffer(archive, content.data(), content.size(), 0), 0);
  if (zip_close(archive) != 0) std::abort();
  zip_stat_t status;
  zip_source_open(target);
  zip_source_stat(target, &status);
  std::string out(status.size, '\0');
  zip_source_read(target, out.data(), out.size());
  zip_source_close(target);
  zip_source_free(target);
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace fundi::curate;
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const ExtractOptions options{.max_text = 100'000, .max_depth = 64, .max_expansion = 1'000'000};
  const bool whole = (data[0] & 4) != 0;
  const auto run = [&](ContentType type, const char* member) {
    const auto out = extract(whole ? std::string(bytes) : zip_of(member, bytes), type, "", options);
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
