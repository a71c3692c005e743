#include "base/html_page.h"

#include <fmt/format.h>

#include <cmath>

#include "base/text.h"

namespace fundi {

std::string html_page(std::string_view title, std::string_view style, std::string_view body) {
  return fmt::format(
      "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n<title>{}</title>\n"
      "<style>{}{}</style>\n</head>\n<body>\n<main>\n{}</main>\n</body>\n</html>\n",
      html_escape(title), kPageStyle, style, body);
}

std::string html_tile(std::string_view value, std::string_view label, bool main) {
  return fmt::format("<div class=\"card{}\"><b>{}</b><span>{}</span></div>\n", main ? " main" : "",
                     html_escape(value), html_escape(label));
}

std::string format_percent(double share) { return fmt::format("{:.1f}%", 100 * share); }

std::string format_short_count(double n) {
  if (n >= 1e9) return fmt::format("{:.2f} B", n / 1e9);
  if (n >= 1e6) return fmt::format("{:.2f} M", n / 1e6);
  if (n >= 1e4) return fmt::format("{:.1f} k", n / 1e3);
  return format_count(std::llround(n));
}

}  // namespace fundi
