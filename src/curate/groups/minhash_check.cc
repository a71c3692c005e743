#include <algorithm>
#include <optional>

#include "curate/dedup/minhash.h"
#include "curate/dedup/spill.h"
#include "curate/groups/minhash_links.h"
#include "curate/words/simplify.h"

namespace fundi::curate {
namespace {

constexpr size_t kMostCompared = 64, kMostShingles = 1 << 25;

// A piece of a document on its way to the partition of the first document of a bucket. In a row
// they hold its rank, the size of its set of shingles, and these in pairs.
struct SetPiece {
  uint64_t first = 0, ordinal = 0, number = 0;
  uint64_t words[5] = {};
};

void find_candidates(GroupTask& task) {
  uint64_t of_key = 0;
  bool any = false;
  for_each_pair(task.sorted<BucketMember>("sketch"),
                [&](const BucketMember& first, const BucketMember& later) {
                  if (!any || of_key != first.key)
                    task.find({first.ordinal, first.ordinal, kCandidate});
                  any = true;
                  of_key = first.key;
                  task.find({later.ordinal, first.ordinal, kCandidate});
                });
}

void send_shingles(Subject& subject, std::span<const Finding> findings, int ngram, uint64_t rank,
                   Outbox& out) {
  std::vector<uint64_t> shingles;
  std::vector<uint32_t> set;
  shingle_hashes(simplify(subject.text()), ngram, shingles);
  dedup::shingle_set(shingles, set);
  std::vector<uint64_t> words = {rank, set.size()};
  for (size_t i = 0; i < set.size(); i += 2) {
    words.push_back(set[i] | (i + 1 < set.size() ? uint64_t{set[i + 1]} << 32 : 0));
  }
  const Finding* last = nullptr;
  for (const Finding& finding : findings) {  // several buckets may have the same first
    if (last && last->a == finding.a) continue;
    last = &finding;
    SetPiece piece{finding.a, finding.ordinal, 0, {}};
    for (size_t at = 0; at < words.size(); at += std::size(piece.words), ++piece.number) {
      const size_t n = std::min(std::size(piece.words), words.size() - at);
      std::fill(std::copy_n(words.begin() + static_cast<ptrdiff_t>(at), n, piece.words),
                std::end(piece.words), 0);
      out.send(partition_of_node(piece.first, out.partitions()), piece);
    }
  }
}

struct Compared {
  uint64_t ordinal = 0, rank = 0;
  std::vector<uint32_t> set;
  size_t shingles = 0;        // in the set, which may have been spilt
  std::optional<size_t> run;  // if so, where
  size_t component = 0;       // of those seen so far, by links
};

// The next document from its pieces, of which `piece` is the first; then that of the one after it.
Compared next_document(const std::function<bool(SetPiece&)>& pieces, SetPiece& piece, bool& more) {
  Compared document;
  document.ordinal = piece.ordinal;
  const uint64_t first = piece.first;
  std::vector<uint64_t> words;
  while (more && piece.first == first && piece.ordinal == document.ordinal) {
    words.insert(words.end(), std::begin(piece.words), std::end(piece.words));
    more = pieces(piece);
  }
  document.rank = words[0];
  for (size_t i = 2; i < words.size(); ++i) {
    document.set.push_back(static_cast<uint32_t>(words[i]));
    document.set.push_back(static_cast<uint32_t>(words[i] >> 32));
  }
  document.set.resize(words[1]);
  document.shingles = document.set.size();
  return document;
}

// Those that share the first document of a bucket. How many are kept is the same for any memory;
// the sets that do not fit into the task's share of it are spilt.
class Others {
 public:
  Others(GroupTask& task, double threshold) : task_(task), threshold_(threshold) {}

  void start_over() {
    kept_.clear();
    spilt_.reset();
    shingles_ = in_memory_ = 0;
  }

  // Links a document with those before it that are like it, one of each component.
  void compare(Compared document) {
    document.component = kept_.size();  // one of its own
    std::vector<bool> linked(kept_.size() + 1);
    for (const Compared& other : kept_) {
      if (linked[other.component] || dedup::jaccard(set_of(other), document.set) < threshold_) {
        continue;
      }
      linked[other.component] = true;
      send_to_node(task_, document.ordinal, Link{document.ordinal, other.ordinal, document.rank});
      send_to_node(task_, other.ordinal, Link{other.ordinal, document.ordinal, other.rank});
      ++task_.counts["links"];
    }
    ++task_.counts["compared"];
    for (Compared& other : kept_) {
      if (linked[other.component]) other.component = document.component;
    }
    keep(std::move(document));
  }

 private:
  void keep(Compared document) {
    const bool many = shingles_ + document.shingles > kMostShingles && !kept_.empty();
    if (kept_.size() == kMostCompared || many) return;
    shingles_ += document.shingles;
    if ((in_memory_ + document.shingles) * sizeof(uint32_t) > task_.share) {
      spill(document);
    } else {
      in_memory_ += document.shingles;
    }
    kept_.push_back(std::move(document));
  }

  void spill(Compared& document) {
    if (!spilt_) spilt_.emplace(task_.folder);
    spilt_->append({reinterpret_cast<const char*>(document.set.data()),
                    document.set.size() * sizeof(uint32_t)});
    document.run = spilt_->runs();
    spilt_->end_run();
    document.set = {};
  }

  std::span<const uint32_t> set_of(const Compared& document) {
    if (!document.run) return document.set;
    buffer_.resize(document.shingles);
    spilt_->run(*document.run).read(buffer_.data(), buffer_.size() * sizeof(uint32_t));
    return buffer_;
  }

  GroupTask& task_;
  double threshold_;
  std::vector<Compared> kept_;
  size_t shingles_ = 0, in_memory_ = 0;
  std::optional<dedup::SpillFile> spilt_;
  std::vector<uint32_t> buffer_;
};

void check_links(GroupTask& task, double threshold) {
  const std::function<bool(SetPiece&)> pieces = task.sorted<SetPiece>("shingles");
  SetPiece piece;
  bool more = pieces(piece);
  Others others(task, threshold);
  for (uint64_t first = 0; more;) {
    if (piece.first != first) others.start_over();
    first = piece.first;
    others.compare(next_document(pieces, piece, more));
  }
}

}  // namespace

std::vector<GroupStage> checked_links(double threshold, int ngram, const KeepSettings& keep) {
  return {{.name = "candidates", .to_shards = true, .run = find_candidates},
          {.name = "shingles",
           .sketch =
               [ngram, keep](Subject& subject, std::span<const Finding> findings, Outbox& out) {
                 send_shingles(subject, findings, ngram, keep.rank(subject.document()), out);
               }},
          {.name = "links", .run = [threshold](GroupTask& task) { check_links(task, threshold); }}};
}

}  // namespace fundi::curate
