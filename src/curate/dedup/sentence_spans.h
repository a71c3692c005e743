#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string_view>
#include <vector>

#include "curate/dedup/cut.h"
#include "curate/judge.h"
#include "curate/subject.h"

namespace fundi::curate::dedup {

// Spans of sentences that occur more than once (Raffel et al. 2020, C4), as datatrove defines them:
// each window of `sentences` sentences is compared by its simplified text; all but the first in the
// order of reading go, each with all its sentences and the white space before them. A text that was
// cut and has fewer words or sentences left than these is turned away; one that was not stays.
struct SentenceSpanOptions {
  int sentences = 3;
  int min_words = 50;
  int min_sentences = 3;
};

// A window of a document; `sentence` is its first.
struct SentenceSpan {
  uint64_t hash = 0;
  uint64_t ordinal = 0;
  uint64_t sentence = 0;
  bool operator==(const SentenceSpan&) const = default;
};

// Appends the windows (of at least one sentence) of a text; those without a word (all punctuation)
// are left out.
void sentence_spans(std::span<const std::string_view> sentences, uint64_t ordinal, int window,
                    std::vector<SentenceSpan>& spans);

// From spans in order those that an earlier one equals.
void repeated_spans(const std::function<bool(SentenceSpan&)>& spans,
                    const std::function<void(const SentenceSpan&)>& out);

// The ranges of a text that its repeated windows (`starts`, their first sentences) cover.
std::vector<TextRange> span_ranges(std::string_view text,
                                   std::span<const std::string_view> sentences,
                                   std::span<const uint64_t> starts, int window);

// Cuts them out of a document, and judges what is left by kLeftRules. Counts "sentences_cut".
void cut_spans(Subject& subject, std::span<const uint64_t> starts,
               const SentenceSpanOptions& options, Judge& judge);

}  // namespace fundi::curate::dedup
