#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "base/files.h"
#include "curate/dedup/record.h"
#include "curate/dedup/record_file.h"
#include "curate/dedup/spill.h"

namespace fundi::curate::dedup {

// Sorts `count` records of `words` 64-bit words (1 to 8) in memory; `scratch` is as large.
void sort_rows(void* records, void* scratch, size_t count, size_t words);

template <FixedRecord R>
void sort_records(std::span<R> records, std::span<R> scratch) {
  sort_rows(records.data(), scratch.data(), records.size(), sizeof(R) / 8);
}
template <FixedRecord R>
void sort_records(std::vector<R>& records) {
  const auto scratch = std::make_unique_for_overwrite<R[]>(records.size());
  sort_records(std::span<R>(records), std::span<R>(scratch.get(), records.size()));
}

// Merges sorted streams: a tournament whose inner nodes keep the losers.
template <FixedRecord R>
class RecordMerger {
 public:
  explicit RecordMerger(std::vector<RecordDecoder> runs)
      : runs_(std::move(runs)), heads_(runs_.size()), losers_(runs_.size()) {
    for (size_t i = 0; i < runs_.size(); ++i) advance(i);
    if (!runs_.empty()) winner_ = play(1);
  }
  bool next(R& record) {
    if (runs_.empty() || !heads_[winner_]) return false;
    record = *heads_[winner_];
    advance(winner_);
    for (size_t node = (winner_ + runs_.size()) / 2; node > 0; node /= 2) {
      if (beats(losers_[node], winner_)) std::swap(losers_[node], winner_);
    }
    return true;
  }

 private:
  void advance(size_t run) {
    R record;
    heads_[run] = runs_[run].next(&record) ? std::optional<R>(record) : std::nullopt;
  }
  bool beats(size_t a, size_t b) const {  // equal records are the same bytes: who wins is no matter
    return heads_[a] && (!heads_[b] || record_less(*heads_[a], *heads_[b]));
  }
  size_t play(size_t node) {  // leaves are the nodes from runs_.size() on
    if (node >= runs_.size()) return node - runs_.size();
    size_t winner = play(2 * node), loser = play(2 * node + 1);
    if (beats(loser, winner)) std::swap(winner, loser);
    losers_[node] = loser;
    return winner;
  }
  std::vector<RecordDecoder> runs_;
  std::vector<std::optional<R>> heads_;
  std::vector<size_t> losers_;
  size_t winner_ = 0;
};

// Sorts a stream of records within a limit of memory: add() each, then next() until it says false.
// What does not fit goes to nameless files in `folder`, which the system removes with the process.
// Throws kIo (disk full included), kCorruptData where the disk gives back other bytes.
template <FixedRecord R>
class RecordSorter {
 public:
  RecordSorter(fs::path folder, uint64_t memory)
      : folder_(std::move(folder)),
        capacity_(std::max<uint64_t>(memory / 2 / sizeof(R), 1)),
        fan_in_(std::clamp<uint64_t>(memory / (2 * kBlockBytes), 2, 1024)) {}

  void add(const R& record) {
    if (!buffer_) {
      buffer_ = std::make_unique_for_overwrite<R[]>(capacity_);
      scratch_ = std::make_unique_for_overwrite<R[]>(capacity_);
    }
    if (size_ == capacity_) spill();
    buffer_[size_++] = record;
  }

  bool next(R& record) {
    if (!sorted_) finish();
    if (merger_) return merger_->next(record);
    if (at_ == size_) return false;
    record = buffer_[at_++];
    return true;
  }

 private:
  std::span<R> sort_buffer() {
    const std::span<R> records(buffer_.get(), size_);
    sort_records(records, std::span<R>(scratch_.get(), size_));
    return records;
  }
  void spill() {
    if (!runs_) runs_.emplace(folder_, sizeof(R));
    const std::span<R> records = sort_buffer();
    runs_->write_run([&](RecordEncoder& run) {
      for (const R& record : records) run.add(&record);
    });
    size_ = 0;
  }
  void finish() {
    sorted_ = true;
    if (!runs_) {
      if (size_ > 0) sort_buffer();
      scratch_.reset();
      return;
    }
    if (size_ > 0) spill();
    buffer_.reset(), scratch_.reset();
    while (runs_->size() > fan_in_) merge_level();
    merger_.emplace(runs_->open(0, runs_->size()));
  }
  void merge_level() {
    SpilledRuns merged(folder_, sizeof(R));
    for (size_t begin = 0; begin < runs_->size(); begin += fan_in_) {
      RecordMerger<R> merger(runs_->open(begin, std::min(begin + fan_in_, runs_->size())));
      merged.write_run([&](RecordEncoder& run) {
        for (R record; merger.next(record);) run.add(&record);
      });
    }
    runs_ = std::move(merged);
  }

  fs::path folder_;
  size_t capacity_, fan_in_;
  std::unique_ptr<R[]> buffer_, scratch_;
  size_t size_ = 0, at_ = 0;
  std::optional<SpilledRuns> runs_;
  std::optional<RecordMerger<R>> merger_;
  bool sorted_ = false;
};

}  // namespace fundi::curate::dedup
