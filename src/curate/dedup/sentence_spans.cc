#include "curate/dedup/sentence_spans.h"

#include <algorithm>
#include <string>

#include "base/hash.h"
#include "curate/words/simplify.h"
#include "text/char_class.h"
#include "text/utf8.h"

namespace fundi::curate::dedup {
namespace {

std::string without_white_space_in_front(std::string_view text) {
  while (!text.empty()) {
    const text::CodePoint c = text::code_point_at(text, 0);
    if (!(text::char_classes()[c.value] & text::kSpace)) break;
    text.remove_prefix(c.length);
  }
  return std::string(text);
}

}  // namespace

void sentence_spans(std::span<const std::string_view> sentences, uint64_t ordinal, int window,
                    std::vector<SentenceSpan>& spans) {
  const auto n = static_cast<size_t>(window);
  if (sentences.size() < n) return;
  std::vector<std::string> simplified(sentences.size());
  for (size_t i = 0; i < sentences.size(); ++i) simplified[i] = simplify(sentences[i]);
  std::string joined;
  for (size_t i = 0; i + n <= simplified.size(); ++i) {
    joined.clear();
    for (size_t k = i; k < i + n; ++k) {
      if (k > i) joined += ' ';
      joined += simplified[k];
    }
    if (joined.size() >= n) spans.push_back({hash64(joined), ordinal, i});
  }
}

void repeated_spans(const std::function<bool(SentenceSpan&)>& spans,
                    const std::function<void(const SentenceSpan&)>& out) {
  SentenceSpan first, span;
  for (bool any = false; spans(span); any = true) {
    if (any && span.hash == first.hash) {
      out(span);
    } else {
      first = span;
    }
  }
}

std::vector<TextRange> span_ranges(std::string_view text,
                                   std::span<const std::string_view> sentences,
                                   std::span<const uint64_t> starts, int window) {
  const auto end_of = [&](size_t i) {
    return static_cast<uint64_t>(sentences[i].data() + sentences[i].size() - text.data());
  };
  std::vector<TextRange> ranges;
  for (const uint64_t start : starts) {
    if (start >= sentences.size()) continue;
    const size_t last = std::min(start + static_cast<size_t>(window), sentences.size()) - 1;
    ranges.push_back({start == 0 ? 0 : end_of(start - 1), end_of(last)});
  }
  merge_ranges(ranges);
  return ranges;
}

void cut_spans(Subject& subject, std::span<const uint64_t> starts,
               const SentenceSpanOptions& options, Judge& judge) {
  const size_t before = subject.sentences().size();
  const auto ranges = span_ranges(subject.text(), subject.sentences(), starts, options.sentences);
  if (!cut(subject, ranges)) return;
  subject.edit(without_white_space_in_front);
  const size_t left = subject.sentences().size();
  judge.count("sentences_cut", static_cast<int64_t>(before - std::min(left, before)));
  judge_left(subject, options.min_words, options.min_sentences, judge);
}

}  // namespace fundi::curate::dedup
