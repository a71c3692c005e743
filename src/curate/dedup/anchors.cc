#include <algorithm>
#include <bit>

#include "base/error.h"
#include "base/hash.h"
#include "base/random.h"
#include "curate/dedup/exact.h"
#include "curate/dedup/substrings.h"

namespace fundi::curate::dedup {
namespace {

// A third of the window keeps grams telling and anchors rare: of n grams in a window two in n + 1
// are picked, one in 35 bytes of text for windows of 100.
size_t gram_size(size_t length) { return std::min<size_t>(length / 2, 32); }

// The bytes of all windows that hold the gram at `anchor`.
TextRange segment_of(std::string_view text, size_t length, size_t anchor) {
  const size_t before = length - gram_size(length);
  return {anchor > before ? anchor - before : 0, std::min(anchor + length, text.size())};
}

// Calls body(window, anchor, hash) for each window: the offsets of the window and of the gram in it
// whose hash is least. Of equal ones that of the window before stays as long as it can, then the
// last is taken, which in text that repeats itself ("-----") picks the fewest.
template <typename Body>
void for_each_window(std::string_view text, size_t length, const Body& body) {
  if (length < kLeastRepeat) {
    fail(ErrorCode::kInvalidArgument, "substrings: the length must be at least {} bytes, not {}",
         kLeastRepeat, length);
  }
  if (text.size() < length) return;
  constexpr uint64_t kBase = 0x9E3779B97F4A7C15;
  const size_t gram = gram_size(length), grams = length - gram + 1;
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
    if (hash < least) least = hash, anchor = at;
    if (at + 1 < grams) continue;
    const size_t window = at + 1 - grams;
    if (anchor < window) {
      least = hash, anchor = at;
      for (size_t i = at; i-- > window;) {
        if (recent[i & mask] < least) least = recent[i & mask], anchor = i;
      }
    }
    body(window, anchor, least);
  }
}

}  // namespace

void anchors(std::string_view text, uint64_t ordinal, size_t length, std::vector<Anchor>& out) {
  size_t last = SIZE_MAX;
  for_each_window(text, length, [&](size_t, size_t anchor, uint64_t hash) {
    if (anchor == last) return;
    last = anchor;
    const TextRange segment = segment_of(text, length, anchor);
    // Seeded with where the gram stands in it: segments at the ends of a text are shorter.
    const std::string_view around = text.substr(segment.begin, segment.end - segment.begin);
    out.push_back({hash, hash64(around, anchor - segment.begin), ordinal, anchor});
  });
}

void mark_anchors(const std::function<bool(Anchor&)>& anchors, size_t length,
                  const std::function<void(const AnchorMark&)>& out) {
  Anchor anchor, first;  // `first` of its segment
  bool any = false, waiting = false;
  AnchorMark alone;  // the only anchor of this hash, so far, that repeats no segment
  while (anchors(anchor)) {
    const bool same_hash = any && anchor.hash == first.hash;
    const bool same_segment = same_hash && anchor.segment == first.segment;
    any = true;
    const AnchorMark mark{anchor.ordinal, anchor.offset, 0};
    if (same_segment &&
        (anchor.ordinal != first.ordinal || anchor.offset >= first.offset + length)) {
      out({anchor.ordinal, anchor.offset, 1});
      continue;
    }
    if (!same_segment) first = anchor;
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

void anchor_windows(std::string_view text, uint64_t ordinal, size_t length,
                    std::span<const AnchorMark> marks, std::vector<WindowHash>& out) {
  if (marks.empty()) return;
  size_t next = 0;
  for_each_window(text, length, [&](size_t window, size_t anchor, uint64_t) {
    while (next < marks.size() && marks[next].offset < anchor) ++next;
    if (next == marks.size() || marks[next].offset != anchor || marks[next].repeated) return;
    const Hash128 hash = hash128(text.substr(window, length));
    out.push_back({hash.high, hash.low, ordinal, window});
  });
}

void mark_windows(const std::function<bool(WindowHash&)>& windows, size_t length,
                  const std::function<void(const WindowMark&)>& out) {
  WindowHash first, window;
  for (bool any = false; windows(window); any = true) {
    if (!any || window.high != first.high || window.low != first.low) {
      first = window;
    } else if (window.ordinal != first.ordinal || window.offset >= first.offset + length) {
      out({window.ordinal, window.offset});
    }
  }
}

std::vector<TextRange> marked_ranges(std::string_view text, size_t length,
                                     std::span<const AnchorMark> anchors,
                                     std::span<const WindowMark> windows) {
  std::vector<TextRange> ranges;
  for (const AnchorMark& mark : anchors) {
    if (mark.repeated) ranges.push_back(segment_of(text, length, mark.offset));
  }
  for (const WindowMark& mark : windows) ranges.push_back({mark.offset, mark.offset + length});
  merge_ranges(ranges);
  return ranges;
}

}  // namespace fundi::curate::dedup
