#include "curate/dedup/contamination.h"

#include <algorithm>

#include "base/error.h"
#include "base/random.h"
#include "curate/dedup/tokens.h"

namespace fundi::curate::dedup {
namespace {

constexpr uint64_t kBase = 0x9E3779B97F4A7C15;

// Calls body(first token, key) for each run of `length` tokens.
template <typename Body>
void for_each_run(std::span<const Token> tokens, size_t length, const Body& body) {
  uint64_t leaving = 1, rolling = 0;
  for (size_t i = 0; i < length; ++i) leaving *= kBase;
  for (size_t i = 0; i < tokens.size(); ++i) {
    rolling = rolling * kBase + tokens[i].hash;
    if (i >= length) rolling -= leaving * tokens[i - length].hash;
    // Runs of other lengths have other keys; 0 is that of a free slot.
    if (i + 1 >= length) body(i + 1 - length, Random::mix(rolling + length) | 1);
  }
}

}  // namespace

ContaminationIndex::ContaminationIndex(const ContaminationOptions& options)
    : options_(options), slots_(1024) {
  if (options.least_words < 2 || options.ngram < options.least_words || options.ngram > 64) {
    fail(ErrorCode::kInvalidArgument,
         "decontamination: ngram {} and least_words {}: 2 <= least_words <= ngram <= 64",
         options.ngram, options.least_words);
  }
}

const ContaminationIndex::Slot* ContaminationIndex::find(uint64_t key) const {
  const size_t mask = slots_.size() - 1;
  for (size_t at = key >> 1 & mask; slots_[at].key != 0; at = (at + 1) & mask) {
    if (slots_[at].key == key) return &slots_[at];
  }
  return nullptr;
}

void ContaminationIndex::insert(const Slot& slot) {
  if (2 * (used_ + 1) > slots_.size()) {
    std::vector<Slot> old(2 * slots_.size());
    old.swap(slots_);
    used_ = 0;
    for (const Slot& moved : old) {
      if (moved.key != 0) insert(moved);
    }
  }
  const size_t mask = slots_.size() - 1;
  size_t at = slot.key >> 1 & mask;
  for (; slots_[at].key != 0; at = (at + 1) & mask) {
    if (slots_[at].key == slot.key) return;  // the first row with it stays
  }
  slots_[at] = slot;
  ++used_;
}

bool ContaminationIndex::add(std::string_view text, uint32_t set, uint32_t row) {
  std::vector<Token> tokens;
  tokenize(text, tokens);
  if (tokens.size() < static_cast<size_t>(options_.least_words)) return false;
  const size_t length = std::min(tokens.size(), static_cast<size_t>(options_.ngram));
  if (std::find(lengths_.begin(), lengths_.end(), length) == lengths_.end()) {
    lengths_.push_back(length);
  }
  for_each_run(tokens, length, [&](size_t, uint64_t key) { insert({key, set, row}); });
  return true;
}

void ContaminationIndex::scan(std::string_view text,
                              std::vector<ContaminationMatch>& matches) const {
  matches.clear();
  thread_local std::vector<Token> tokens;
  tokenize(text, tokens);
  for (const size_t length : lengths_) {
    ContaminationMatch* open = nullptr;  // ends with the run before
    size_t before = 0;
    for_each_run(tokens, length, [&](size_t first, uint64_t key) {
      const Slot* slot = find(key);
      if (slot == nullptr) return;
      const TextRange range{tokens[first].begin, tokens[first + length - 1].end};
      if (open != nullptr && before + 1 == first && open->set == slot->set &&
          open->row == slot->row) {
        open->range.end = range.end;
        ++open->runs;
      } else {
        open = &matches.emplace_back(ContaminationMatch{range, slot->set, slot->row, 1});
      }
      before = first;
    });
  }
  std::stable_sort(matches.begin(), matches.end(),
                   [](const auto& a, const auto& b) { return a.range.begin < b.range.begin; });
}

}  // namespace fundi::curate::dedup
