#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "curate/dedup/cut.h"

namespace fundi::curate::dedup {

// Repeated substrings (Lee et al. 2022, "Deduplicating Training Data Makes Language Models
// Better"). A window of `length` bytes within a document is repeated if the same bytes stand at an
// earlier place in the order of reading: in an earlier document, or in the same one and clear of
// it. Every byte of a repeated window goes; so each byte that goes stands in an earlier place, and
// following these places one ends at a byte that stays.
//
// They find one another across any number of texts by shuffles of fixed-size records, about 1 byte
// a byte of text, without a suffix array over all of it. Windows that stand near one another form
// groups, by what is in them alone (winnowing), so that equal windows are of groups that have their
// core in common: the bytes that are in all windows of the group.
//    anchors        pass over the texts. The hash of each group's core, and that of its segment:
//    all
//                   its windows here.
//    mark_anchors   reads them sorted. A core that occurs once is dropped; a segment that stands
//                   earlier is a repetition as a whole; only where segments differ (at the ends of
//                   repetitions) their windows must be looked at.
//    windows        second pass over the texts: the hashes of those windows, 32 bytes each.
//    mark_windows   reads them sorted: all but the first are repeated.
//    marked_ranges  what goes.
// Where something went, what stood apart comes together, and may be found elsewhere. No other
// window is new, so a further round looks at these alone:
//    join_anchors   of the windows across joins
//    mark_joins     reads them with the other anchors of their hashes
// and then windows, mark_windows, marked_ranges as above, of what remains.

constexpr size_t kLeastRepeat = 16;  // bytes: the least `length`

struct Anchor {
  uint64_t hash = 0;     // of the core: the shuffle is by this
  uint64_t segment = 0;  // hash; of joins 0
  uint64_t ordinal = 0, offset = 0;
  bool operator==(const Anchor&) const = default;
};
struct WindowHash {
  uint64_t high = 0, low = 0;  // the shuffle is by this
  uint64_t ordinal = 0, offset = 0;
  bool operator==(const WindowHash&) const = default;
};
enum class MarkKind : uint64_t {
  kCompare,  // `at` is the hash of an anchor: its windows are to be compared
  kSegment,  // `at` is the offset of an anchor: its segment is repeated
  kWindow,   // `at` is an offset: the window is repeated
};
struct Mark {
  uint64_t ordinal = 0, at = 0;  // the shuffle is by the document
  MarkKind kind = MarkKind::kCompare;
  bool operator==(const Mark&) const = default;
};

// What is left of the text of a document after cuts. The document must outlive it.
class Remains {
 public:
  explicit Remains(const Document& document);
  const std::string& text() const { return text_; }
  // Ranges of the document's text, merged; what joins its messages stays (dedup/cut.h).
  const std::vector<TextRange>& removed() const { return removed_; }
  void cut(const std::vector<TextRange>& ranges);     // of text()
  uint64_t place(uint64_t offset) const;              // in the document's text, of a byte of text()
  std::vector<TextRange> joins(size_t length) const;  // of text(): all windows across joins

 private:
  std::string_view whole_;
  std::vector<TextRange> between_messages_, removed_;
  std::string text_;
  std::vector<uint64_t> joins_, gone_;  // where in text_; bytes removed up to there
};

// Appends the anchors of a text. Throws kInvalidArgument where length is below kLeastRepeat.
void anchors(std::string_view text, uint64_t ordinal, size_t length, std::vector<Anchor>& out);
// Those of windows across joins; offsets are places.
void join_anchors(const Remains& remains, uint64_t ordinal, size_t length,
                  std::vector<Anchor>& out);

using AnchorSource = std::function<bool(Anchor&)>;      // sorted
using WindowSource = std::function<bool(WindowHash&)>;  // sorted
using MarkSink = std::function<void(const Mark&)>;      // some come twice
void mark_anchors(const AnchorSource& anchors, size_t length, const MarkSink& out);
void mark_joins(std::span<const Anchor> anchors, const MarkSink& out);  // sorted, segments 0
void mark_windows(const WindowSource& windows, size_t length, const MarkSink& out);

// Appends the windows of a text to compare: those of anchors of these hashes, sorted.
void windows(std::string_view text, uint64_t ordinal, size_t length,
             std::span<const uint64_t> hashes, std::vector<WindowHash>& out);
// What goes from a text by its marks; merged, and narrowed to characters.
std::vector<TextRange> marked_ranges(std::string_view text, size_t length,
                                     std::span<const Mark> marks);

}  // namespace fundi::curate::dedup
