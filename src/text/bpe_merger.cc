#include "text/bpe_merger.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <queue>

#include "base/progress.h"
#include "text/byte_alphabet.h"

namespace fundi::text {

BpeMerger::Result BpeMerger::learn(const WordCounter& words, const Options& options) {
  BpeMerger merger(options);
  merger.add_words(words);
  merger.run();
  return std::move(merger.result_);
}

void BpeMerger::add_words(const WordCounter& words) {
  // Bytes take their ids in the order of their symbols, as Hugging Face's trainer gives them.
  std::array<int, 256> order;
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(), [](int a, int b) {
    return byte_symbol(static_cast<unsigned char>(a)) < byte_symbol(static_cast<unsigned char>(b));
  });
  std::array<int32_t, 256> id_of;
  for (size_t i = 0; i < 256; ++i) {
    id_of[static_cast<size_t>(order[i])] = options_.first_byte_id + static_cast<int32_t>(i);
    result_.tokens.emplace_back(1, static_cast<char>(order[i]));
    ids_.emplace(result_.tokens.back(), id_of[static_cast<size_t>(order[i])]);
  }
  for (const WordCounter::Word& word : words.words()) {
    if (word.length < 2) continue;
    const auto index = static_cast<uint32_t>(words_.size());
    words_.push_back({symbols_.size(), word.length, word.count});
    for (const char c : words.text(word)) symbols_.push_back(id_of[static_cast<unsigned char>(c)]);
    const int32_t* symbol = symbols_.data() + words_.back().offset;
    for (uint32_t i = 0; i + 1 < word.length; ++i) {
      increase(symbol[i], symbol[i + 1], index, word.count);
    }
  }
}

void BpeMerger::run() {
  std::priority_queue<Candidate> queue;
  const auto push_changed = [&] {
    for (const uint64_t pair : changed_) {
      Pair& info = pairs_[pair];
      info.queued = false;
      if (info.count > 0) queue.push({info.count, pair});
    }
    changed_.clear();
  };
  push_changed();
  int32_t next_id = options_.first_byte_id + 256;
  Progress progress("train tokenizer", "tokens", options_.vocab_size, next_id);
  const int64_t least = std::max<int64_t>(1, options_.min_frequency);
  while (next_id < options_.vocab_size && !queue.empty()) {
    const Candidate top = queue.top();
    queue.pop();
    const int64_t count = pairs_[top.pair].count;
    if (count != top.count) {
      // Counts that fell are corrected when they come up; counts that rose were pushed anew.
      if (count > 0 && count < top.count) queue.push({count, top.pair});
      continue;
    }
    if (count < least) break;
    const auto left = static_cast<int32_t>(top.pair >> 32);
    const auto right = static_cast<int32_t>(top.pair & 0xFFFFFFFF);
    std::string bytes = bytes_of(left) + bytes_of(right);
    if (options_.forbidden.contains(bytes)) continue;
    // Two ways of cutting may spell the same token; they share its id.
    const auto [it, fresh] = ids_.emplace(bytes, next_id);
    const int32_t merged = it->second;
    if (fresh) {
      result_.tokens.push_back(std::move(bytes));
      ++next_id;
      progress.advance();
    }
    result_.merges.emplace_back(left, right);
    merge_everywhere(top.pair, merged);
    push_changed();
  }
}

void BpeMerger::merge_everywhere(uint64_t pair, int32_t merged) {
  const std::vector<uint32_t> words = std::move(pairs_[pair].words);
  const auto left = static_cast<int32_t>(pair >> 32);
  const auto right = static_cast<int32_t>(pair & 0xFFFFFFFF);
  for (const uint32_t word : words) merge_in_word(word, left, right, merged);
  Pair& done = pairs_[pair];
  done.count = 0;
  done.words = {};
}

void BpeMerger::merge_in_word(uint32_t index, int32_t left, int32_t right, int32_t merged) {
  Word& word = words_[index];
  int32_t* symbol = symbols_.data() + word.offset;
  uint32_t kept = 0;
  for (uint32_t i = 0; i < word.length; ++i) {
    if (symbol[i] != left || i + 1 >= word.length || symbol[i + 1] != right) {
      symbol[kept++] = symbol[i];
      continue;
    }
    if (kept > 0) {
      decrease(symbol[kept - 1], left, word.count);
      increase(symbol[kept - 1], merged, index, word.count);
    }
    if (i + 2 < word.length) {
      decrease(right, symbol[i + 2], word.count);
      increase(merged, symbol[i + 2], index, word.count);
    }
    symbol[kept++] = merged;
    ++i;
  }
  word.length = kept;
}

void BpeMerger::increase(int32_t left, int32_t right, uint32_t word, int64_t count) {
  const uint64_t pair = key(left, right);
  Pair& info = pairs_[pair];
  info.count += count;
  if (info.words.empty() || info.words.back() != word) info.words.push_back(word);
  if (!info.queued) {
    info.queued = true;
    changed_.push_back(pair);
  }
}

void BpeMerger::decrease(int32_t left, int32_t right, int64_t count) {
  const auto it = pairs_.find(key(left, right));
  if (it != pairs_.end()) it->second.count -= count;
}

}  // namespace fundi::text
