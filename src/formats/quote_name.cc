#include "formats/quote_name.h"

#include <fmt/format.h>

#include "base/text.h"

namespace fundi::formats {

std::string quote_name(std::string_view name) {
  constexpr size_t kLimit = 80;
  const bool cut = name.size() > kLimit;
  std::string text(name.substr(0, kLimit));
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
  }
  size_t bad = 0;
  while ((bad = find_invalid_utf8(text)) != std::string_view::npos) text[bad] = '?';
  return fmt::format("'{}{}'", text, cut ? "..." : "");
}

}  // namespace fundi::formats
