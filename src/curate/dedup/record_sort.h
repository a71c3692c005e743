#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <new>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "base/files.h"
#include "curate/dedup/record.h"
#include "curate/dedup/spill.h"

namespace fundi::curate::dedup {

// Sorts `count` records of `words` 64-bit words (1 to 8) in memory; `scratch` is as large.
void sort_rows(void* records, void* scratch, size_t count, size_t words);

template <FixedRecord R>
void sort_records(std::span<R> records, std::span<R> scratch) {
  sort_rows(records.data(), scratch.data(), records.size(), sizeof(R) / 8);
}

// Room for records, none of which is made yet: what is not used stays untouched.
struct FreeRecords {
  void operator()(void* records) const { std::free(records); }
};
template <FixedRecord R>
using RecordRoom = std::unique_ptr<R[], FreeRecords>;
template <FixedRecord R>
RecordRoom<R> make_room(size_t count) {
  auto* records = static_cast<R*>(std::malloc(count * sizeof(R)));
  if (records == nullptr && count > 0) throw std::bad_alloc();
  return RecordRoom<R>(records);
}

template <FixedRecord R>
void sort_records(std::vector<R>& records) {
  const RecordRoom<R> scratch = make_room<R>(records.size());
  sort_records(std::span<R>(records), std::span<R>(scratch.get(), records.size()));
}

// Merges sorted streams: a tournament whose inner nodes keep the losers.
template <FixedRecord R>
class RecordMerger {
 public:
  explicit RecordMerger(std::vector<SpillFile::Run> runs)
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
    heads_[run] = runs_[run].read(&record, sizeof(R)) ? std::optional<R>(record) : std::nullopt;
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
  std::vector<SpillFile::Run> runs_;
  std::vector<std::optional<R>> heads_;
  std::vector<size_t> losers_;
  size_t winner_ = 0;
};

// Sorts a stream of records within a limit of memory: add() each, then next() until it says false.
// What does not fit is spilt to `folder`. Throws kIo, disk full included.
template <FixedRecord R>
class RecordSorter {
 public:
  RecordSorter(fs::path folder, uint64_t memory)
      : folder_(std::move(folder)),
        capacity_(std::max<uint64_t>(memory / 2 / sizeof(R), 1)),
        fan_in_(std::clamp<uint64_t>(memory / (2 * SpillFile::kReadBytes), 2, 1024)) {}

  void add(const R& record) {
    if (!buffer_) {
      buffer_ = make_room<R>(capacity_);
      scratch_ = make_room<R>(capacity_);
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
  std::span<const R> sort_buffer() {
    const std::span<R> records(buffer_.get(), size_);
    sort_records(records, std::span<R>(scratch_.get(), size_));
    return records;
  }
  void spill() {
    if (!spilt_) spilt_.emplace(folder_);
    const std::span<const R> records = sort_buffer();
    spilt_->append({reinterpret_cast<const char*>(records.data()), records.size_bytes()});
    spilt_->end_run();
    size_ = 0;
  }
  void finish() {
    sorted_ = true;
    if (!spilt_) {
      if (size_ > 0) sort_buffer();
      scratch_.reset();
      return;
    }
    if (size_ > 0) spill();
    buffer_.reset(), scratch_.reset();
    while (spilt_->runs() > fan_in_) merge_level();
    merger_.emplace(open(0, spilt_->runs()));
  }
  std::vector<SpillFile::Run> open(size_t begin, size_t end) const {
    std::vector<SpillFile::Run> runs;
    for (size_t i = begin; i < end; ++i) runs.push_back(spilt_->run(i));
    return runs;
  }
  void merge_level() {
    SpillFile merged(folder_);
    std::string block;
    for (size_t begin = 0; begin < spilt_->runs(); begin += fan_in_) {
      RecordMerger<R> merger(open(begin, std::min(begin + fan_in_, spilt_->runs())));
      for (R record; merger.next(record);) {
        block.append(reinterpret_cast<const char*>(&record), sizeof(R));
        if (block.size() >= SpillFile::kReadBytes) merged.append(block), block.clear();
      }
      merged.append(block), block.clear();
      merged.end_run();
    }
    spilt_ = std::move(merged);
  }

  fs::path folder_;
  size_t capacity_, fan_in_;
  RecordRoom<R> buffer_, scratch_;
  size_t size_ = 0, at_ = 0;
  std::optional<SpillFile> spilt_;
  std::optional<RecordMerger<R>> merger_;
  bool sorted_ = false;
};

}  // namespace fundi::curate::dedup
