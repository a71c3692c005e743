// exact_duplicates: documents with the same text.
//
//   form: folded    # as_is: the same bytes; folded: after lower case, NFC and white space
//   keep: first     # longest, shortest, best_score, source_priority are for near duplicates too
#include <algorithm>

#include "base/error.h"
#include "curate/dedup/exact.h"
#include "curate/groups/all.h"
#include "curate/groups/cluster_examples.h"
#include "curate/groups/keep_settings.h"

namespace fundi::curate {
namespace {

constexpr std::string_view kRules[] = {"same_text"};

struct Entry {
  dedup::Hash128 hash;
  uint64_t rank, ordinal;
  auto operator<=>(const Entry&) const = default;
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
    std::vector<Entry> entries = task.read<Entry>("sketch");
    std::sort(entries.begin(), entries.end());
    for (size_t i = 0; i < entries.size();) {
      size_t end = i + 1;
      for (; end < entries.size() && entries[end].hash == entries[i].hash; ++end) {
        task.find({entries[end].ordinal, entries[i].ordinal, 0});
      }
      if (end - i > 1) {
        ++task.counts["clusters"];
        add_cluster_example(task, std::span<const Entry>(entries).subspan(i, end - i));
      }
      i = end;
    }
  }

  dedup::ExactForm form_;
  KeepSettings keep_;
};

}  // namespace

GroupStepKind exact_duplicates_step() {
  return {.name = "exact_duplicates",
          .description = "Keep one of the documents with the same text",
          .make = [](const Config& config, StepContext&) -> std::unique_ptr<GroupStep> {
            const std::string form = config.choice("form", {"as_is", "folded"}, "folded");
            KeepSettings keep(config);
            config.finish();
            return std::make_unique<ExactDuplicates>(
                form == "as_is" ? dedup::ExactForm::kAsIs : dedup::ExactForm::kFolded,
                std::move(keep));
          }};
}

}  // namespace fundi::curate
