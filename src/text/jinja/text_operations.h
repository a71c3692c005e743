#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "text/jinja/heap.h"
#include "text/jinja/unicode.h"
#include "text/jinja/value.h"
#include "text/utf8.h"

namespace fundi::text::jinja {

// What methods and filters of texts share. All keep the marks of where bytes came from.

// As str.strip(characters); none: white space.
Value strip(Heap& heap, const TracedText& text, Side side,
            std::optional<std::string_view> characters = std::nullopt);

// As str.replace(old, fresh, count); a negative count replaces all.
Value replace(Heap& heap, const TracedText& text, const TracedText& old, const TracedText& fresh,
              int64_t count = -1);

// As str.split(separator, most) and rsplit: a list. No separator: at white space.
Value split(Heap& heap, const TracedText& text, std::optional<std::string_view> separator,
            int64_t most, bool from_right);

// As str.splitlines(keep_ends).
Value split_lines(Heap& heap, const TracedText& text, bool keep_ends = false);

// As separator.join(items), each item by str() where `convert`, else an error unless it is a text.
Value join(Heap& heap, const TracedText& separator, const std::vector<Value>& items, bool convert);

// The text in another case, bytes of different sources apart.
Value recase(Heap& heap, const TracedText& text, Casing casing);

// Appends the text with characters replaced: `replacement(c)` is what stands for one, an empty text
// where it stays.
template <typename Replacement>
void append_replaced(TextBuilder& out, const TracedText& text, const Replacement& replacement) {
  size_t done = 0, at = 0;
  for_each_character(text.view(), [&](char32_t c, std::string_view bytes) {
    const auto& instead = replacement(c);
    if (!instead.empty()) {
      out.append(text, done, at);
      out.append(instead, text.source_at(at));
      done = at + bytes.size();
    }
    at += bytes.size();
  });
  out.append(text, done, text.size());
}

// Filled up with `fill`, which must be one character, to a width in characters.
enum class Place { kLeft, kRight, kCenter };
Value pad(Heap& heap, const TracedText& text, Place place, int64_t width, std::string_view fill);

// With the five characters that mean something in HTML escaped, unless it is markup already. The
// result is markup.
TracedText escape_html(Heap& heap, const TracedText& text);

// How often `part` occurs, not overlapping.
int64_t count_text(std::string_view text, std::string_view part);

}  // namespace fundi::text::jinja
