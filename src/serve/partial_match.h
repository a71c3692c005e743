#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace fundi::serve {

// How many bytes at the end of `text` are the beginning of `marker`, but not the whole of it.
inline size_t partial_match(std::string_view text, std::string_view marker) {
  for (size_t size = std::min(text.size(), marker.size() - 1); size > 0; --size) {
    if (marker.starts_with(text.substr(text.size() - size))) return size;
  }
  return 0;
}

}  // namespace fundi::serve
