// minhash: near duplicates, by MinHash with banding. Documents that share a bucket are linked,
// clusters are the components of those links, and each keeps one document.
//
//   ngram: 5          # words a shingle
//   buckets: 14       # bands
//   hashes: 8         # minima a bucket; two documents of similarity s are found with probability
//                     # 1 - (1 - s^hashes)^buckets
//   threshold: 0.8    # two that share a bucket are linked only if so much of their shingles is
//                     # common (Jaccard); the default asks for nothing, as datatrove does
//   seed: 1
//   rounds: 16        # of clustering, at most
//   action: drop      # or mark: keep all, with the id of the one that would stay as `cluster` in
//                     # meta, so that a split keeps a cluster on one side
//   keep: first | longest | shortest | best_score | source_priority   (groups/keep_settings.h)
#include "curate/dedup/minhash.h"

#include <optional>

#include "base/error.h"
#include "curate/dedup/components.h"
#include "curate/groups/all.h"
#include "curate/groups/clusters.h"
#include "curate/groups/keep_settings.h"
#include "curate/groups/minhash_links.h"
#include "curate/steps/settings.h"
#include "curate/words/simplify.h"

namespace fundi::curate {
namespace {

constexpr std::string_view kRules[] = {"near_duplicate"};

std::string large_name(int round) { return fmt::format("large{:02}", round); }
std::string small_name(int round) { return fmt::format("small{:02}", round); }

// Each document of a bucket is linked to the first there.
void link_buckets(GroupTask& task) {
  for_each_pair(task.sorted<BucketMember>("sketch"),
                [&](const BucketMember& first, const BucketMember& later) {
                  send_to_node(task, later.ordinal, Link{later.ordinal, first.ordinal, later.rank});
                  send_to_node(task, first.ordinal, Link{first.ordinal, later.ordinal, first.rank});
                  ++task.counts["links"];
                });
}

// One half of a round of clustering: `step` on the edges of this partition.
using StarStep = uint64_t (*)(const dedup::EdgeSource&, const dedup::EdgeSink&);
void run_star(GroupTask& task, const dedup::EdgeSource& edges, StarStep step) {
  const auto send = [&](const dedup::Edge& edge) { send_to_node(task, edge.node, edge); };
  task.counts["_changed"] += static_cast<int64_t>(step(edges, send));
}

void first_small_star(GroupTask& task) {
  const auto edges = [links = task.sorted<Link>("links")](dedup::Edge& edge) {
    for (Link link; links(link);) {
      edge = {link.node, link.other};
      if (link.node > link.other) return true;
    }
    return false;
  };
  run_star(task, edges, dedup::small_star);
}

// A round that changed nothing is the last: those after it do nothing.
bool settled(const GroupTask& task, int round) {
  return task.total(large_name(round), "_changed") + task.total(small_name(round), "_changed") == 0;
}

bool settled_before(const GroupTask& task, int round) {
  return round > 2 && settled(task, round - 1);
}

// The round to read clusters from. Throws where the last one still changed something.
int last_round(const GroupTask& task, int rounds) {
  for (int round = 2; round <= rounds; ++round) {
    if (settled(task, round)) return round;
  }
  fail(ErrorCode::kInvalidArgument,
       "minhash: clusters still changed in round {}; set 'rounds' higher", rounds);
}

// Sends each document of a cluster, with its rank, to the partition of the cluster.
void label_documents(GroupTask& task, int rounds) {
  const auto links = task.sorted<Link>("links");
  const auto edges = task.sorted<dedup::Edge>(small_name(last_round(task, rounds)));
  Link link;
  bool more = links(link);
  dedup::memberships(edges, [&](const dedup::Membership& membership) {
    while (more && link.node < membership.node) more = links(link);
    if (!more || link.node != membership.node) {
      fail(ErrorCode::kInternal, "minhash: document {} has a cluster and no link", membership.node);
    }
    send_to_node(task, membership.component,
                 dedup::ClusterMember{membership.component, link.rank, membership.node});
  });
}

class MinHash : public GroupStep {
 public:
  MinHash(const dedup::MinHashOptions& options, double threshold, int rounds, bool mark,
          KeepSettings keep)
      : hasher_(options),
        threshold_(threshold),
        rounds_(rounds),
        mark_(mark),
        keep_(std::move(keep)) {}

  std::span<const std::string_view> rules() const override { return kRules; }

  void sketch(Subject& subject, Outbox& out) const override {
    thread_local std::vector<uint64_t> shingles, keys;
    shingle_hashes(simplify(subject.text()), hasher_.options().ngram, shingles);
    hasher_.keys(shingles, keys);
    const uint64_t rank = keep_.rank(subject.document());
    for (const uint64_t key : keys) {
      out.send(partition_of(key, out.partitions()),
               BucketMember{key, subject.document().ordinal, rank});
    }
  }

  std::vector<GroupStage> stages() const override {
    std::vector<GroupStage> stages;
    if (threshold_ > 0) {
      stages = checked_links(threshold_, hasher_.options().ngram, keep_);
    } else {
      stages.push_back({.name = "links", .run = link_buckets});
    }
    stages.push_back({.name = small_name(1), .run = first_small_star});
    for (int round = 2; round <= rounds_; ++round) {
      stages.push_back({.name = large_name(round), .to_shards = false, .run = [round](auto& task) {
                          if (settled_before(task, round)) return;
                          run_star(task, task.template sorted<dedup::Edge>(small_name(round - 1)),
                                   dedup::large_star);
                        }});
      stages.push_back({.name = small_name(round), .to_shards = false, .run = [round](auto& task) {
                          if (settled_before(task, round)) return;
                          run_star(task, task.template sorted<dedup::Edge>(large_name(round)),
                                   dedup::small_star);
                        }});
    }
    stages.push_back({.name = "label", .to_shards = false, .run = [rounds = rounds_](auto& task) {
                        label_documents(task, rounds);
                      }});
    stages.push_back({.name = "keep", .to_shards = true, .run = [mark = mark_](auto& task) {
                        choose(task, mark);
                      }});
    return stages;
  }

  void apply(Subject& subject, Judge& judge, std::span<const Finding> findings,
             const IdOf& id_of) const override {
    const auto found =
        std::ranges::find_if(findings, [](const Finding& f) { return f.b != kCandidate; });
    if (found == findings.end()) return;
    const uint64_t other = found->a;
    if (mark_) {
      subject.meta()["cluster"] = id_of(other);
      judge.count("marked");
    } else {
      judge.forbid(0, true, id_of(other));
    }
  }

 private:
  // Of each cluster the best stays, and the others learn which that is; or all learn the best.
  static void choose(GroupTask& task, bool mark) {
    const auto members = task.sorted<dedup::ClusterMember>("label");
    Clusters clusters(task);
    std::optional<uint64_t> last;
    for (dedup::ClusterMember member; members(member); last = member.cluster) {
      const bool begins = member.cluster != last;
      const uint64_t kept = clusters.add(member.ordinal, begins);
      if (mark || !begins) task.find({member.ordinal, kept, 0});
    }
    clusters.end();
  }

  dedup::MinHasher hasher_;
  double threshold_;  // 0: none
  int rounds_;
  bool mark_;
  KeepSettings keep_;
};

std::unique_ptr<GroupStep> make(const Config& config, StepContext& context) {
  dedup::MinHashOptions options;
  options.ngram = bounded(config, "ngram", options.ngram, {1, 1000});
  options.buckets = bounded(config, "buckets", options.buckets, {1, 4096});
  options.hashes = bounded(config, "hashes", options.hashes, {1, 4096});
  options.seed = static_cast<uint64_t>(config.get<int64_t>("seed", 1));
  const int rounds = bounded(config, "rounds", 16, {2, 99});
  const auto threshold = bounded<double>(config, "threshold", 0, kZeroToOne);
  const bool mark = config.choice("action", {"drop", "mark"}, "drop") == "mark";
  KeepSettings keep(config, context);
  config.finish();
  return std::make_unique<MinHash>(options, threshold, rounds, mark, std::move(keep));
}

}  // namespace

GroupStepKind minhash_step() {
  return {.name = "minhash",
          .description = "Keep one of the documents that are nearly the same (MinHash, banded)",
          .version = 2,
          .make = make};
}

}  // namespace fundi::curate
