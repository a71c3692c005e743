// exact_duplicates: documents with the same text.
//
//   form: folded    # as_is: the same bytes; folded: after lower case, NFC and white space
//   keep: first     # longest, shortest, best_score, source_priority are for near duplicates too
#include "curate/dedup/exact.h"

#include <optional>

#include "base/error.h"
#include "curate/groups/all.h"
#include "curate/groups/clusters.h"
#include "curate/groups/keep_settings.h"

namespace fundi::curate {
namespace {

constexpr std::string_view kRules[] = {"same_text"};

struct Entry {
  dedup::Hash128 hash;
  uint64_t rank = 0, ordinal = 0;
};

class ExactDuplicates : public GroupStep {
 public:
  ExactDuplicates(dedup::ExactForm form, KeepSettings keep) : form_(form), keep_(std::move(keep)) {}

  std::span<const std::string_view> rules() const override { return kRules; }

  void sketch(Subject& subject, Outbox& out) const override {
    const dedup::Hash128 hash = dedup::exact_hash(subject.text(), form_);
    const Document& document = subject.document();
    out.send(partition_of(hash.high, out.partitions()),
             Entry{hash, keep_.rank(document), document.ordinal});
  }

  std::vector<GroupStage> stages() const override {
    return {{.name = "find", .to_shards = true, .run = find_duplicates}};
  }

  void apply(Subject&, Judge& judge, std::span<const Finding> findings,
             const IdOf& id_of) const override {
    judge.forbid(0, true, id_of(findings.front().a));
  }

 private:
  static void find_duplicates(GroupTask& task) {
    const auto entries = task.sorted<Entry>("sketch");
    Clusters clusters(task);
    std::optional<dedup::Hash128> last;
    for (Entry entry; entries(entry); last = entry.hash) {
      const bool begins = entry.hash != last;
      const uint64_t kept = clusters.add(entry.ordinal, begins);
      if (!begins) task.find({entry.ordinal, kept, 0});
    }
    clusters.end();
  }

  dedup::ExactForm form_;
  KeepSettings keep_;
};

}  // namespace

GroupStepKind exact_duplicates_step() {
  return {.name = "exact_duplicates",
          .description = "Keep one of the documents with the same text",
          .make = [](const Config& config, StepContext& context) -> std::unique_ptr<GroupStep> {
            const std::string form = config.choice("form", {"as_is", "folded"}, "folded");
            KeepSettings keep(config, context);
            config.finish();
            return std::make_unique<ExactDuplicates>(
                form == "as_is" ? dedup::ExactForm::kAsIs : dedup::ExactForm::kFolded,
                std::move(keep));
          }};
}

}  // namespace fundi::curate
