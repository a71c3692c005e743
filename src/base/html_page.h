#pragma once

#include <string>
#include <string_view>

namespace fundi {

// What the pages that fundi writes have in common: the report of a run, the data card of a corpus.
// They need nothing else: no scripts, nothing loaded, light or dark as the reader's system is.

// The style sheet: tiles (.cards .card), panels, bars, tables, plots. In html_style.cc.
extern const char* const kPageStyle;

// A whole page around `body`, which is HTML; `title` is text. `style` comes after kPageStyle.
std::string html_page(std::string_view title, std::string_view style, std::string_view body);

// One of the tiles at the top of a page; both are text. The main one stands out.
std::string html_tile(std::string_view value, std::string_view label, bool main = false);

// "12.3%", of a share of 1.
std::string format_percent(double share);
// "12.34 M", "4,321": three or four digits that say how large.
std::string format_short_count(double n);

}  // namespace fundi
