#pragma once

#include <string>
#include <utility>

#include "text/normalizer.h"
#include "text/utf8.h"

namespace fundi::text {

// Drops the characters for which keep(c) is false.
template <typename Keep>
void keep_characters(NormalizedText& text, Keep keep) {
  std::string out;
  out.reserve(text.text.size());
  bool dropped = false;
  for_each_character(text.text, [&](char32_t c, std::string_view bytes) {
    if (!keep(c)) {
      dropped = true;
      return;
    }
    if (out.empty() && dropped) text.at_origin = false;
    out.append(bytes);
  });
  if (dropped) text.text = std::move(out);
}

}  // namespace fundi::text
