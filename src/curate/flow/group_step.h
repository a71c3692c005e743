#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/config.h"
#include "curate/flow/shuffle.h"
#include "curate/flow/sorted_records.h"
#include "curate/judge.h"
#include "curate/step.h"
#include "curate/subject.h"

namespace fundi::curate {

// Something a group step found out about a document; what `a` and `b` are is the step's matter.
struct Finding {
  uint64_t ordinal;  // of the document
  uint64_t a, b;
  auto operator<=>(const Finding&) const = default;
};

// One task of a group step's stage, which sees one partition.
struct GroupTask {
  size_t index;       // the partition
  size_t partitions;  // of every stage of this step
  fs::path folder;    // of this task: for what does not fit into memory
  uint64_t share;     // bytes for a sort
  std::function<std::vector<fs::path>(std::string_view stage)> sent;  // bundles of all its tasks
  // The sum of a count over all tasks of an earlier stage.
  std::function<int64_t(std::string_view stage, std::string_view count)> total;
  Outbox* out;  // to the partitions of the next stages, or to shards: see GroupStage
  std::map<std::string, int64_t> counts;  // for the data card
  Json examples = Json::array();          // likewise: a few clusters, a few spans

  // The records that the tasks of `stage` sent here, in order, one by one until it answers false;
  // two such sorts at once at most. "sketch" is the pass before the step.
  template <typename T>
  std::function<bool(T&)> sorted(std::string_view stage) const {
    return sorted_records<T>(sent(stage), index, folder, share);
  }
  template <typename T>
  void send(uint64_t hash, const T& record) {
    out->send(partition_of(hash, partitions), record);
  }
  void find(const Finding& finding);  // in a stage with to_shards
};

// Either of `run` and `sketch` is set.
struct GroupStage {
  std::string name;        // "links"
  bool to_shards = false;  // sends findings to the shards of their documents; else to partitions
  std::function<void(GroupTask&)> run = nullptr;  // one task a partition
  // Looks again at each document about which something was found: one task a shard, many threads,
  // an outbox each, to partitions. `findings` are those of all stages so far about it, sorted.
  std::function<void(Subject& subject, std::span<const Finding> findings, Outbox& out)> sketch =
      nullptr;
};

// A step that must see all documents: what removes duplicates. The pass before it sketches each
// document into fixed-size records that go to partitions by hash; its stages, each after the one
// before it, turn them into findings, and may sketch the documents anew in the light of these; the
// pass after it tells each document what was found. Pure, and the same for any number of partitions
// and shards.
class GroupStep {
 public:
  virtual ~GroupStep() = default;
  virtual std::span<const std::string_view> rules() const = 0;
  virtual void sketch(Subject& subject, Outbox& out) const = 0;  // many threads, an outbox each
  virtual std::vector<GroupStage> stages() const = 0;
  // `findings` are those of all stages about this document, sorted; `id_of` gives the id of
  // another's ordinal.
  using IdOf = std::function<std::string(uint64_t ordinal)>;
  virtual void apply(Subject& subject, Judge& judge, std::span<const Finding> findings,
                     const IdOf& id_of) const = 0;
};

// A kind of group step: one file in groups/, one line in groups/all.cc.
struct GroupStepKind {
  std::string name;         // "minhash"
  std::string description;  // one line
  int version = 1;
  std::function<std::unique_ptr<GroupStep>(const Config&, StepContext&)> make;
};

std::span<const GroupStepKind> group_step_kinds();

// The shard that read a document, and its place there.
inline uint64_t make_ordinal(uint64_t shard, uint64_t index) { return shard << 40 | index; }
inline size_t shard_of(uint64_t ordinal) { return static_cast<size_t>(ordinal >> 40); }

// Those of one document, of sorted ones.
inline std::span<const Finding> findings_of(std::span<const Finding> findings, uint64_t ordinal) {
  return {std::ranges::lower_bound(findings, ordinal, {}, &Finding::ordinal),
          std::ranges::upper_bound(findings, ordinal, {}, &Finding::ordinal)};
}

inline void GroupTask::find(const Finding& finding) {
  out->send(shard_of(finding.ordinal), finding);
}

}  // namespace fundi::curate
