#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "curate/judge.h"
#include "curate/subject.h"

namespace fundi::curate::dedup {

// Bytes [begin, end) of a text.
struct TextRange {
  uint64_t begin = 0, end = 0;
  bool operator==(const TextRange&) const = default;
};

// Ascending, without empty ones, those that overlap or touch made one.
void merge_ranges(std::vector<TextRange>& ranges);

// Takes what `spared` covers out of `ranges`; both are as merge_ranges leaves them.
void spare(const std::vector<TextRange>& spared, std::vector<TextRange>& ranges);

// Narrows each range to whole characters of `text` (well-formed UTF-8), within its end.
void narrow_to_characters(std::string_view text, std::vector<TextRange>& ranges);

// The text without the ranges, which are as merge_ranges leaves them and end within characters.
std::string without(std::string_view text, const std::vector<TextRange>& ranges);

// The same done to a subject; in a conversation each message loses what lies in it. True if
// anything changed.
bool cut(Subject& subject, const std::vector<TextRange>& ranges);

// Judges a text that was cut by how much is left, by these rules.
inline constexpr std::string_view kLeftRules[] = {"words_left", "sentences_left"};
void judge_left(Subject& subject, int min_words, int min_sentences, Judge& judge);

}  // namespace fundi::curate::dedup
