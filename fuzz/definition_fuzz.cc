// Any UTF-8 text as a dictionary definition, "index word NUL definition": whatever it is, the
// translations that come out are clean.
// modules: data

#include <cstdint>
#include <cstdlib>

#include "base/text.h"
#include "data/dictd.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (fundi::find_invalid_utf8(text) != text.npos) return 0;
  const size_t cut = std::min(text.find('\0'), text.size());
  const auto entry = fundi::data::parse_definition(
      text.substr(0, cut), cut < size ? text.substr(cut + 1) : std::string_view());
  if (!entry.form_of.empty() && !entry.senses.empty()) std::abort();
  for (const auto& sense : entry.senses) {
    if (sense.empty()) std::abort();
    for (const std::string& translation : sense) {
      if (translation.empty() || translation.find_first_of("()[]<>{},;\n\t") != translation.npos) {
        std::abort();
      }
    }
  }
  return 0;
}
