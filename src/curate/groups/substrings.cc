// substring_duplicates: strings that stand in an earlier document too are cut out.
//
//   length: 200        # bytes, from 16 on: about the 50 tokens of Lee et al. 2022 where a token is
//                      # 4 bytes, as of English; in scripts of 3 bytes a character it is 67
//                      characters
//   rounds: 3          # a cut brings together what stood apart, and that may stand elsewhere too:
//                      # so often, at most, what came together is looked at (the first sees all)
//   min_words: 50      # a text that was cut and has fewer left is turned away
//   min_sentences: 3   # likewise
#include "curate/dedup/substrings.h"

#include <fmt/format.h>

#include <algorithm>

#include "curate/dedup/record_sort.h"
#include "curate/groups/all.h"
#include "curate/steps/settings.h"

namespace fundi::curate {
namespace {

using dedup::MarkKind;

// A mark as a finding: what is cut in one round is found in what the rounds before left.
Finding finding_of(const dedup::Mark& mark, int round) {
  return {mark.ordinal, mark.at,
          static_cast<uint64_t>(round) << 8 | static_cast<uint64_t>(mark.kind)};
}
std::vector<dedup::Mark> marks_of(std::span<const Finding> findings, int round) {
  std::vector<dedup::Mark> marks;
  for (const Finding& finding : findings) {
    if (finding.b >> 8 != static_cast<uint64_t>(round)) continue;
    marks.push_back({finding.ordinal, finding.a, static_cast<MarkKind>(finding.b & 0xFF)});
  }
  return marks;
}

std::string numbered(const char* name, int round) { return fmt::format("{}{:02}", name, round); }
std::string anchors_name(int round) { return round == 1 ? "sketch" : numbered("joins", round); }

struct Options {
  size_t length = 200;
  int rounds = 3;
  int min_words = 50, min_sentences = 3;
};

class SubstringDuplicates : public GroupStep {
 public:
  explicit SubstringDuplicates(const Options& options) : options_(options) {}

  std::span<const std::string_view> rules() const override { return dedup::kLeftRules; }

  void sketch(Subject& subject, Outbox& out) const override {
    thread_local std::vector<dedup::Anchor> anchors;
    anchors.clear();
    dedup::anchors(subject.text(), subject.document().ordinal, options_.length, anchors);
    send(anchors, out);
  }

  std::vector<GroupStage> stages() const override {
    std::vector<GroupStage> stages;
    for (int round = 1; round <= options_.rounds; ++round) {
      if (round > 1) {
        stages.push_back({.name = anchors_name(round),
                          .sketch = [this, round](auto& subject, auto found, auto& out) {
                            sketch_joins(round, subject, found, out);
                          }});
      }
      stages.push_back(
          {.name = numbered("mark", round), .to_shards = true, .run = [this, round](auto& task) {
             round == 1 ? mark_anchors(task) : mark_joins(round, task);
           }});
      stages.push_back({.name = numbered("windows", round),
                        .sketch = [this, round](auto& subject, auto found, auto& out) {
                          sketch_windows(round, subject, found, out);
                        }});
      stages.push_back({.name = numbered("find", round),
                        .to_shards = true,
                        .run = [this, round](auto& task) { find_windows(round, task); }});
    }
    return stages;
  }

  void apply(Subject& subject, Judge& judge, std::span<const Finding> findings,
             const IdOf&) const override {
    const auto left = remains(subject.document(), findings, options_.rounds);
    const size_t before = subject.text().size();
    if (!dedup::cut(subject, left.removed())) return;
    judge.count("bytes_cut", static_cast<int64_t>(before - subject.text().size()));
    dedup::judge_left(subject, options_.min_words, options_.min_sentences, judge);
  }

 private:
  static void send(const std::vector<dedup::Anchor>& anchors, Outbox& out) {
    for (const dedup::Anchor& anchor : anchors) {
      out.send(partition_of(anchor.hash, out.partitions()), anchor);
    }
  }

  // What these rounds leave of a document.
  dedup::Remains remains(const Document& document, std::span<const Finding> findings,
                         int rounds) const {
    dedup::Remains left(document);
    for (int round = 1; round <= rounds; ++round) {
      left.cut(dedup::marked_ranges(left.text(), options_.length, marks_of(findings, round)));
    }
    return left;
  }

  void sketch_joins(int round, const Subject& subject, std::span<const Finding> findings,
                    Outbox& out) const {
    const Document& document = subject.document();
    std::vector<dedup::Anchor> anchors;
    dedup::join_anchors(remains(document, findings, round - 1), document.ordinal, options_.length,
                        anchors);
    send(anchors, out);
  }

  void sketch_windows(int round, const Subject& subject, std::span<const Finding> findings,
                      Outbox& out) const {
    const Document& document = subject.document();
    std::vector<uint64_t> hashes;
    for (const dedup::Mark& mark : marks_of(findings, round)) {
      if (mark.kind == MarkKind::kCompare) hashes.push_back(mark.at);
    }
    std::vector<dedup::WindowHash> windows;
    dedup::windows(remains(document, findings, round - 1).text(), document.ordinal, options_.length,
                   hashes, windows);
    for (const dedup::WindowHash& window : windows) {
      out.send(partition_of(window.high, out.partitions()), window);
    }
  }

  void mark_anchors(GroupTask& task) const {
    dedup::mark_anchors(task.sorted<dedup::Anchor>("sketch"), options_.length,
                        [&](const dedup::Mark& mark) { task.find(finding_of(mark, 1)); });
  }

  static void mark_joins(int round, GroupTask& task) {
    std::vector<uint64_t> hashes;
    const auto joins = task.sorted<dedup::Anchor>(anchors_name(round));
    for (dedup::Anchor anchor; joins(anchor);) hashes.push_back(anchor.hash);
    if (hashes.empty()) return;
    std::vector<dedup::Anchor> anchors;
    for (int earlier = 1; earlier <= round; ++earlier) {
      const auto all = task.sorted<dedup::Anchor>(anchors_name(earlier));
      for (dedup::Anchor anchor; all(anchor);) {
        if (!std::binary_search(hashes.begin(), hashes.end(), anchor.hash)) continue;
        anchors.push_back({anchor.hash, 0, anchor.ordinal, anchor.offset});
      }
    }
    dedup::sort_records(anchors);
    dedup::mark_joins(anchors,
                      [&](const dedup::Mark& mark) { task.find(finding_of(mark, round)); });
  }

  void find_windows(int round, GroupTask& task) const {
    dedup::mark_windows(task.sorted<dedup::WindowHash>(numbered("windows", round)), options_.length,
                        [&](const dedup::Mark& mark) {
                          task.find(finding_of(mark, round));
                          ++task.counts["windows_repeated"];
                        });
  }

  Options options_;
};

std::unique_ptr<GroupStep> make(const Config& config, StepContext&) {
  Options options;
  options.length =
      static_cast<size_t>(bounded(config, "length", static_cast<int64_t>(options.length),
                                  {.least = double{dedup::kLeastRepeat}}));
  options.rounds = bounded(config, "rounds", options.rounds, {1, 99});
  options.min_words = bounded(config, "min_words", options.min_words);
  options.min_sentences = bounded(config, "min_sentences", options.min_sentences);
  config.finish();
  return std::make_unique<SubstringDuplicates>(options);
}

}  // namespace

GroupStepKind substring_duplicates_step() {
  return {.name = "substring_duplicates",
          .description = "Cut strings that an earlier document has (Lee et al. 2022)",
          .make = make};
}

}  // namespace fundi::curate
