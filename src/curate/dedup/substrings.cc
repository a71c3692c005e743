#include "curate/dedup/substrings.h"

#include <algorithm>
#include <bit>

#include "base/error.h"
#include "base/hash.h"
#include "base/random.h"
#include "curate/dedup/exact.h"

namespace fundi::curate::dedup {
namespace {

// Winnowing (Schleimer et al. 2003): of the grams in a window the one of the least hash is its
// anchor, the last of equal ones; it depends on the window alone. Of n grams in a window two in n +
// 1 are anchors. A sixth of the window keeps grams telling and anchors rare.
size_t gram_size(size_t length) { return std::min<size_t>(length / 2, 32); }

// So many windows in a row, counted from their anchor, make a group. Small groups need more
// records, large ones leave more windows to be compared at the ends of repetitions.
size_t group_size(size_t length) { return std::max<size_t>((length - gram_size(length)) / 4, 1); }

// The bytes of all windows of the group whose last window begins at `offset`.
TextRange segment_of(std::string_view text, size_t length, size_t offset) {
  const size_t before = group_size(length) - 1;
  return {offset > before ? offset - before : 0, std::min(offset + length, text.size())};
}

// A hash of the bytes that all windows of that group have in common.
uint64_t core_hash(std::string_view text, size_t length, size_t offset) {
  return hash64(text.substr(offset, length - group_size(length) + 1));
}

// Calls body(window, group) for each window: its offset, and that of the last window of its group,
// which may be one that the text is too short for.
template <typename Body>
void for_each_window(std::string_view text, size_t length, const Body& body) {
  if (length < kLeastRepeat) {
    fail(ErrorCode::kInvalidArgument, "substrings: the length must be at least {} bytes, not {}",
         kLeastRepeat, length);
  }
  if (text.size() < length) return;
  constexpr uint64_t kBase = 0x9E3779B97F4A7C15;
  const size_t gram = gram_size(length), grams = length - gram + 1, group = group_size(length);
  uint64_t leaving = 1;  // kBase^gram: what the byte that leaves has been multiplied by
  for (size_t i = 0; i < gram; ++i) leaving *= kBase;
  const auto byte = [&](size_t i) -> uint64_t { return static_cast<unsigned char>(text[i]) + 1; };
  const size_t mask = std::bit_ceil(grams) - 1;
  std::vector<uint64_t> recent(mask + 1);
  uint64_t rolling = 0, least = ~uint64_t{0};
  size_t anchor = 0;
  for (size_t end = 0; end < text.size(); ++end) {
    rolling = rolling * kBase + byte(end);
    if (end >= gram) rolling -= leaving * byte(end - gram);
    if (end + 1 < gram) continue;
    const size_t at = end + 1 - gram;
    const uint64_t hash = Random::mix(rolling);
    recent[at & mask] = hash;
    if (hash <= least) least = hash, anchor = at;
    if (at + 1 < grams) continue;
    const size_t window = at + 1 - grams;
    if (anchor < window) {
      least = hash, anchor = at;
      for (size_t i = at; i-- > window;) {
        if (recent[i & mask] < least) least = recent[i & mask], anchor = i;
      }
    }
    body(window, window + (anchor - window) % group);
  }
}

// Calls body(group) for each group.
template <typename Body>
void for_each_group(std::string_view text, size_t length, const Body& body) {
  size_t last = SIZE_MAX;
  for_each_window(text, length, [&](size_t, size_t group) {
    if (group != last) body(group);
    last = group;
  });
}

}  // namespace

Remains::Remains(const Document& document) : whole_(document.text), text_(document.text) {
  const std::vector<uint64_t> begins = message_begins(document.messages);
  uint64_t end = 0;
  for (size_t i = 0; i < begins.size(); ++i) {
    if (begins[i] > end) between_messages_.push_back({end, begins[i]});
    end = begins[i] + document.messages[i].content.size();
  }
}

void Remains::cut(const std::vector<TextRange>& ranges) {
  std::vector<TextRange> more;
  for (const TextRange& range : ranges) {
    more.push_back({place(range.begin), place(range.end - 1) + 1});
  }
  removed_.insert(removed_.end(), more.begin(), more.end());
  merge_ranges(removed_);
  spare(between_messages_, removed_);
  text_ = without(whole_, removed_);
  joins_.clear();
  gone_.clear();
  uint64_t gone = 0;
  for (const TextRange& range : removed_) {
    joins_.push_back(range.begin - gone);
    gone_.push_back(gone += range.end - range.begin);
  }
}

uint64_t Remains::place(uint64_t offset) const {
  const auto after = std::upper_bound(joins_.begin(), joins_.end(), offset) - joins_.begin();
  return after == 0 ? offset : offset + gone_[static_cast<size_t>(after - 1)];
}

std::vector<TextRange> Remains::joins(size_t length) const {
  std::vector<TextRange> around;
  for (const uint64_t join : joins_) {
    around.push_back({join > length ? join - length + 1 : 0,
                      std::min<uint64_t>(join + length - 1, text_.size())});
  }
  merge_ranges(around);
  return around;
}

void anchors(std::string_view text, uint64_t ordinal, size_t length, std::vector<Anchor>& out) {
  for_each_group(text, length, [&](size_t offset) {
    const TextRange segment = segment_of(text, length, offset);
    // Seeded with where the core stands in it: segments at the ends of a text are shorter.
    const std::string_view around = text.substr(segment.begin, segment.end - segment.begin);
    out.push_back(
        {core_hash(text, length, offset), hash64(around, offset - segment.begin), ordinal, offset});
  });
}

void join_anchors(const Remains& remains, uint64_t ordinal, size_t length,
                  std::vector<Anchor>& out) {
  const std::string_view text = remains.text();
  for (const TextRange& around : remains.joins(length)) {
    const std::string_view part = text.substr(around.begin, around.end - around.begin);
    for_each_group(part, length, [&](size_t offset) {
      out.push_back(
          {core_hash(part, length, offset), 0, ordinal, remains.place(around.begin + offset)});
    });
  }
}

void mark_anchors(const AnchorSource& anchors, size_t length, const MarkSink& out) {
  Anchor anchor, first, last;  // `first` of its segment
  bool any = false, waiting = false;
  Mark alone;  // the only anchor of this hash, so far, that repeats no segment
  for (; anchors(anchor); last = anchor) {
    if (any && anchor == last) continue;
    const bool same_hash = any && anchor.hash == first.hash;
    const bool same_segment = same_hash && anchor.segment == first.segment;
    any = true;
    if (same_segment &&
        (anchor.ordinal != first.ordinal || anchor.offset >= first.offset + length)) {
      out({anchor.ordinal, anchor.offset, MarkKind::kSegment});
      continue;
    }
    if (!same_segment) first = anchor;
    const Mark mark{anchor.ordinal, anchor.hash, MarkKind::kCompare};
    if (!same_hash) {
      alone = mark;
      waiting = true;
      continue;
    }
    if (waiting) out(alone);
    waiting = false;
    out(mark);
  }
}

void mark_joins(std::span<const Anchor> anchors, const MarkSink& out) {
  for (size_t i = 0; i < anchors.size();) {
    size_t end = i + 1;
    while (end < anchors.size() && anchors[end].hash == anchors[i].hash) ++end;
    if (anchors[i] != anchors[end - 1]) {  // at more than one place
      for (; i < end; ++i) out({anchors[i].ordinal, anchors[i].hash, MarkKind::kCompare});
    }
    i = end;
  }
}

void mark_windows(const WindowSource& windows, size_t length, const MarkSink& out) {
  WindowHash first, window;
  for (bool any = false; windows(window); any = true) {
    if (!any || window.high != first.high || window.low != first.low) {
      first = window;
    } else if (window.ordinal != first.ordinal || window.offset >= first.offset + length) {
      out({window.ordinal, window.offset, MarkKind::kWindow});
    }
  }
}

void windows(std::string_view text, uint64_t ordinal, size_t length,
             std::span<const uint64_t> hashes, std::vector<WindowHash>& out) {
  if (hashes.empty()) return;
  size_t last = SIZE_MAX;
  bool compare = false;
  for_each_window(text, length, [&](size_t window, size_t group) {
    if (group != last) {
      compare = std::binary_search(hashes.begin(), hashes.end(), core_hash(text, length, group));
    }
    last = group;
    if (!compare) return;
    const Hash128 hash = hash128(text.substr(window, length));
    out.push_back({hash.high, hash.low, ordinal, window});
  });
}

std::vector<TextRange> marked_ranges(std::string_view text, size_t length,
                                     std::span<const Mark> marks) {
  std::vector<TextRange> ranges;
  for (const Mark& mark : marks) {
    if (mark.kind == MarkKind::kSegment) ranges.push_back(segment_of(text, length, mark.at));
    if (mark.kind == MarkKind::kWindow) ranges.push_back({mark.at, mark.at + length});
  }
  merge_ranges(ranges);
  narrow_to_characters(text, ranges);
  return ranges;
}

}  // namespace fundi::curate::dedup
