#include "curate/dedup/cut.h"

#include <algorithm>

namespace fundi::curate::dedup {
namespace {

bool inside_character(std::string_view text, uint64_t pos) {
  return pos < text.size() && (static_cast<unsigned char>(text[pos]) & 0xC0) == 0x80;
}

// Of ranges over a whole text those in [begin, begin + size), counted from there.
std::vector<TextRange> ranges_within(const std::vector<TextRange>& ranges, uint64_t begin,
                                     uint64_t size) {
  std::vector<TextRange> out;
  for (const TextRange& range : ranges) {
    const uint64_t from = std::max(range.begin, begin), to = std::min(range.end, begin + size);
    if (from < to) out.push_back({from - begin, to - begin});
  }
  return out;
}

}  // namespace

void merge_ranges(std::vector<TextRange>& ranges) {
  std::erase_if(ranges, [](const TextRange& range) { return range.begin >= range.end; });
  std::sort(ranges.begin(), ranges.end(),
            [](const TextRange& a, const TextRange& b) { return a.begin < b.begin; });
  size_t size = 0;
  for (const TextRange& range : ranges) {
    if (size > 0 && range.begin <= ranges[size - 1].end) {
      ranges[size - 1].end = std::max(ranges[size - 1].end, range.end);
    } else {
      ranges[size++] = range;
    }
  }
  ranges.resize(size);
}

void spare(const std::vector<TextRange>& spared, std::vector<TextRange>& ranges) {
  std::vector<TextRange> left;
  auto next = spared.begin();
  for (TextRange range : ranges) {
    while (next != spared.end() && next->end <= range.begin) ++next;
    for (; next != spared.end() && next->begin < range.end; ++next) {
      if (next->begin > range.begin) left.push_back({range.begin, next->begin});
      range.begin = next->end;
      if (next->end >= range.end) break;
    }
    if (range.begin < range.end) left.push_back(range);
  }
  ranges = std::move(left);
}

void narrow_to_characters(std::string_view text, std::vector<TextRange>& ranges) {
  for (TextRange& range : ranges) {
    range.end = std::min<uint64_t>(range.end, text.size());
    while (inside_character(text, range.begin)) ++range.begin;
    while (range.end > range.begin && inside_character(text, range.end)) --range.end;
  }
  std::erase_if(ranges, [](const TextRange& range) { return range.begin >= range.end; });
}

std::string without(std::string_view text, const std::vector<TextRange>& ranges) {
  std::string out;
  out.reserve(text.size());
  uint64_t at = 0;
  for (const TextRange& range : ranges) {
    out.append(text.substr(at, range.begin - at));
    at = range.end;
  }
  return out.append(text.substr(at));
}

bool cut(Subject& subject, const std::vector<TextRange>& ranges) {
  if (ranges.empty()) return false;
  const std::vector<Message>& messages = subject.document().messages;
  const std::vector<uint64_t> begins =
      messages.empty() ? std::vector<uint64_t>{0} : message_begins(messages);
  size_t next = 0;
  return subject.edit([&](std::string_view part) {
    return without(part, ranges_within(ranges, begins[next++], part.size()));
  });
}

void judge_left(Subject& subject, int min_words, int min_sentences, Judge& judge) {
  if (!judge.at_least(0, static_cast<double>(subject.words().size()), min_words)) return;
  judge.at_least(1, static_cast<double>(subject.sentences().size()), std::max(min_sentences, 1));
}

}  // namespace fundi::curate::dedup
