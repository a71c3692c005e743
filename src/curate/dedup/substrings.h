#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string_view>
#include <vector>

#include "curate/dedup/cut.h"

namespace fundi::curate::dedup {

// Repeated substrings (Lee et al. 2022, "Deduplicating Training Data Makes Language Models
// Better"). A window of `length` bytes within a document is repeated if the same bytes stand at an
// earlier place in the order of reading: in an earlier document, or in the same one and clear of
// it. Every byte of a repeated window goes; so each byte that goes stands in an earlier place, and
// following these places one ends at a byte that stays. The definition knows no chunks, and two
// ways compute the same:
//
// 1. repeated_in_memory: a suffix array over texts that are in memory together.
// 2. Across any number of texts, by shuffles of fixed-size records (about 1 byte a byte of text):
//    anchors        pass over the texts. Winnowing (Schleimer et al. 2003) picks the least hash of
//                   the grams in each window: equal windows share the hash of an anchor. Beside it
//                   stands the hash of the segment: all windows that hold this gram here.
//    mark_anchors   reads them sorted. An anchor that occurs once is dropped; a segment that stands
//                   earlier is a repetition as a whole; only where segments differ (at the ends of
//                   repetitions) their windows must be looked at.
//    anchor_windows second pass over the texts: the hashes of those windows, 32 bytes each.
//    mark_windows   reads them sorted: all but the first are repeated.
//    marked_ranges  third pass: what goes.
// The second is also ten times as fast where little is repeated.

// Bytes that repeated windows cover, text by text; the texts in the order of reading. Takes 9.3
// times their size. Throws kInvalidArgument where length is not positive.
std::vector<std::vector<TextRange>> repeated_in_memory(std::span<const std::string_view> texts,
                                                       size_t length);

constexpr size_t kLeastRepeat = 16;  // bytes: the least `length` for anchors

struct Anchor {
  uint64_t hash = 0;     // of the gram: the shuffle is by this
  uint64_t segment = 0;  // hash of the bytes around
  uint64_t ordinal = 0, offset = 0;
  bool operator==(const Anchor&) const = default;
};
struct AnchorMark {
  uint64_t ordinal = 0, offset = 0;  // the shuffle is by the document
  uint64_t repeated = 0;             // 1: the whole segment; 0: its windows are to be compared
  bool operator==(const AnchorMark&) const = default;
};
struct WindowHash {
  uint64_t high = 0, low = 0;  // the shuffle is by this
  uint64_t ordinal = 0, offset = 0;
  bool operator==(const WindowHash&) const = default;
};
struct WindowMark {
  uint64_t ordinal = 0, offset = 0;
  bool operator==(const WindowMark&) const = default;
};

// Appends the anchors of a text. Throws kInvalidArgument where length is below kLeastRepeat.
void anchors(std::string_view text, uint64_t ordinal, size_t length, std::vector<Anchor>& out);
// From sorted anchors.
void mark_anchors(const std::function<bool(Anchor&)>& anchors, size_t length,
                  const std::function<void(const AnchorMark&)>& out);
// Appends the windows of a text to compare; `marks` are its own, sorted.
void anchor_windows(std::string_view text, uint64_t ordinal, size_t length,
                    std::span<const AnchorMark> marks, std::vector<WindowHash>& out);
// From sorted windows.
void mark_windows(const std::function<bool(WindowHash&)>& windows, size_t length,
                  const std::function<void(const WindowMark&)>& out);
// What goes from a text: both kinds of its marks, in any order. Not narrowed to characters.
std::vector<TextRange> marked_ranges(std::string_view text, size_t length,
                                     std::span<const AnchorMark> anchors,
                                     std::span<const WindowMark> windows);

}  // namespace fundi::curate::dedup
