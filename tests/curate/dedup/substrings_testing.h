#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/random.h"
#include "curate/dedup/substrings.h"

namespace fundi::curate::dedup {

using Ranges = std::vector<std::vector<TextRange>>;

// Repeated substrings as the header defines them, window by window.
inline Ranges by_brute_force(std::span<const std::string> texts, size_t length) {
  std::map<std::string_view, std::pair<size_t, size_t>> first;
  Ranges ranges(texts.size());
  for (size_t t = 0; t < texts.size(); ++t) {
    const std::string_view text = texts[t];
    for (size_t i = 0; i + length <= text.size(); ++i) {
      const auto [at, fresh] = first.try_emplace(text.substr(i, length), t, i);
      const auto [where, offset] = at->second;
      if (!fresh && (where < t || i >= offset + length)) ranges[t].push_back({i, i + length});
    }
    merge_ranges(ranges[t]);
    narrow_to_characters(text, ranges[t]);
  }
  return ranges;
}

// Texts that quote one another and themselves, from an alphabet of `letters` letters, some of them
// of several bytes.
inline std::vector<std::string> draw_texts(uint64_t seed, int letters, size_t most = 12) {
  Random random(seed, static_cast<uint64_t>(letters));
  static const std::vector<std::string> kWide = {"\u00E9", "\u20AC", "\U0001F600"};
  std::vector<std::string> texts(1 + random.below(most));
  std::string all;
  for (std::string& text : texts) {
    for (uint64_t pieces = random.below(6); pieces > 0; --pieces) {
      const uint64_t size = random.below(120);
      if (random.below(2) && !all.empty()) {
        std::vector<TextRange> quoted = {{random.below(all.size()), 0}};
        quoted[0].end = quoted[0].begin + size;
        narrow_to_characters(all, quoted);
        if (!quoted.empty()) text += all.substr(quoted[0].begin, quoted[0].end - quoted[0].begin);
      } else if (random.below(4) == 0) {
        text += std::string(size, '-');
      } else if (random.below(4) == 0) {
        for (uint64_t i = 0; i < size; ++i) text += "abcabd"[i % (2 + seed % 5)];
      } else {
        for (uint64_t i = 0; i < size; ++i) {
          const uint64_t letter = random.below(static_cast<uint64_t>(letters));
          text += letter < 2 && i % 3 == 0 ? kWide[letter]
                                           : std::string(1, static_cast<char>('a' + letter));
        }
      }
      all += text;
    }
  }
  return texts;
}

}  // namespace fundi::curate::dedup
