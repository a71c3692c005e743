// sentence_duplicates: sentences that stand in an earlier document too, three in a row, are cut
// out.
//
//   sentences: 3       # in a row
//   min_words: 50      # a text that was cut and has fewer left is turned away
//   min_sentences: 3   # likewise
#include "curate/dedup/sentence_spans.h"
#include "curate/groups/all.h"
#include "curate/steps/settings.h"

namespace fundi::curate {
namespace {

class SentenceDuplicates : public GroupStep {
 public:
  explicit SentenceDuplicates(const dedup::SentenceSpanOptions& options) : options_(options) {}

  std::span<const std::string_view> rules() const override { return dedup::kLeftRules; }

  void sketch(Subject& subject, Outbox& out) const override {
    thread_local std::vector<dedup::SentenceSpan> spans;
    spans.clear();
    dedup::sentence_spans(subject.sentences(), subject.document().ordinal, options_.sentences,
                          spans);
    for (const dedup::SentenceSpan& span : spans) {
      out.send(partition_of(span.hash, out.partitions()), span);
    }
  }

  std::vector<GroupStage> stages() const override {
    return {{.name = "find", .to_shards = true, .run = find_repeated}};
  }

  void apply(Subject& subject, Judge& judge, std::span<const Finding> findings,
             const IdOf&) const override {
    std::vector<uint64_t> starts;
    for (const Finding& finding : findings) starts.push_back(finding.a);
    dedup::cut_spans(subject, starts, options_, judge);
  }

 private:
  static void find_repeated(GroupTask& task) {
    const auto spans = task.sorted<dedup::SentenceSpan>("sketch");
    dedup::repeated_spans(spans, [&](const dedup::SentenceSpan& span) {
      task.find({span.ordinal, span.sentence, 0});
      ++task.counts["repeated_spans"];
    });
  }

  dedup::SentenceSpanOptions options_;
};

}  // namespace

GroupStepKind sentence_duplicates_step() {
  return {.name = "sentence_duplicates",
          .description = "Cut runs of sentences that an earlier document has (as datatrove does)",
          .version = 2,
          .make = [](const Config& config, StepContext&) -> std::unique_ptr<GroupStep> {
            dedup::SentenceSpanOptions options;
            options.sentences = bounded(config, "sentences", options.sentences, {1, 1000});
            options.min_words = bounded(config, "min_words", options.min_words);
            options.min_sentences = bounded(config, "min_sentences", options.min_sentences);
            config.finish();
            return std::make_unique<SentenceDuplicates>(options);
          }};
}

}  // namespace fundi::curate
