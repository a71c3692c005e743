#include "curate/steps/contaminated_ranges.h"

#include <algorithm>
#include <string>

#include "curate/dedup/tokens.h"

namespace fundi::curate {
namespace {

using dedup::ContaminationMatch;
using dedup::TextRange;

constexpr size_t kNone = SIZE_MAX;

// A word of the text and its neighbours among those that are left.
struct Left {
  TextRange range;
  size_t before = kNone, after = kNone;
};

// Words from the first to the last, those between them that are left.
struct Run {
  size_t first, last;
};

class Cutter {
 public:
  Cutter(const dedup::ContaminationIndex& index, size_t ngram, std::string_view text)
      : index_(index), reach_(ngram - 1), text_(text) {
    std::vector<dedup::Token> tokens;
    dedup::tokenize(text, tokens);
    for (const dedup::Token& token : tokens) {
      const TextRange range{token.begin, token.end};
      if (words_.empty() || words_.back().range != range) words_.push_back({range});
    }
    for (size_t i = 1; i < words_.size(); ++i) words_[i].before = i - 1, words_[i - 1].after = i;
  }

  std::vector<TextRange> run(const std::vector<ContaminationMatch>& matches) && {
    std::vector<Run> runs;
    for (const ContaminationMatch& match : matches) {
      runs.push_back({word_at(match.range.begin), word_at(match.range.end - 1)});
    }
    while (!runs.empty()) runs = runs_across(remove(std::move(runs)));
    dedup::merge_ranges(removed_);
    return std::move(removed_);
  }

 private:
  size_t word_at(uint64_t pos) const {
    const auto behind = std::ranges::upper_bound(words_, pos, {},
                                                 [](const Left& word) { return word.range.begin; });
    return static_cast<size_t>(behind - words_.begin()) - 1;
  }

  // Takes out words; gives those that stand before a gap.
  std::vector<size_t> remove(std::vector<Run> runs) {
    std::ranges::sort(runs, {}, &Run::first);
    std::vector<size_t> joins;
    for (size_t i = 0; i < runs.size();) {
      Run whole = runs[i];
      for (++i; i < runs.size() && runs[i].first <= whole.last; ++i) {
        whole.last = std::max(whole.last, runs[i].last);
      }
      removed_.push_back({words_[whole.first].range.begin, words_[whole.last].range.end});
      const size_t before = words_[whole.first].before, after = words_[whole.last].after;
      if (before != kNone) words_[before].after = after;
      if (after != kNone) words_[after].before = before;
      if (before != kNone && (joins.empty() || joins.back() != before)) joins.push_back(before);
    }
    return joins;
  }

  std::vector<Run> runs_across(const std::vector<size_t>& joins) {
    std::vector<Run> runs;
    for (const size_t join : joins) {
      if (words_[join].after != kNone) add_runs_around(join, runs);
    }
    return runs;
  }

  void add_runs_around(size_t join, std::vector<Run>& runs) {
    size_t word = join;
    for (size_t i = 1; i < reach_ && words_[word].before != kNone; ++i) word = words_[word].before;
    window_.clear();
    in_window_.clear();
    begins_.clear();
    for (size_t behind = 0; word != kNone && behind <= reach_; word = words_[word].after) {
      behind += word > join;
      if (behind > reach_) break;
      begins_.push_back(window_.size());
      in_window_.push_back(word);
      const TextRange& range = words_[word].range;
      window_.append(text_.substr(range.begin, range.end - range.begin)).append(1, ' ');
    }
    index_.scan(window_, matches_);
    const auto word_of = [&](uint64_t pos) {
      const auto next = std::upper_bound(begins_.begin(), begins_.end(), pos);
      return in_window_[static_cast<size_t>(next - begins_.begin()) - 1];
    };
    for (const ContaminationMatch& match : matches_) {
      runs.push_back({word_of(match.range.begin), word_of(match.range.end - 1)});
    }
  }

  const dedup::ContaminationIndex& index_;
  size_t reach_;  // words of a run on one side of a join, at most
  std::string_view text_;
  std::vector<Left> words_;
  std::vector<TextRange> removed_;
  std::string window_;
  std::vector<size_t> in_window_;  // words
  std::vector<uint64_t> begins_;   // of these in window_
  std::vector<ContaminationMatch> matches_;
};

}  // namespace

std::vector<TextRange> contaminated_ranges(const dedup::ContaminationIndex& index, size_t ngram,
                                           std::string_view text,
                                           const std::vector<ContaminationMatch>& matches) {
  return Cutter(index, ngram, text).run(matches);
}

}  // namespace fundi::curate
