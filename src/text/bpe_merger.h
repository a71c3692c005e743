#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "text/word_counter.h"

namespace fundi::text {

// Learns merges: takes the most frequent pair of neighbouring tokens, joins it in the words that
// hold it, and keeps all other counts up to date from what changed there. Of equally frequent
// pairs the one with the smaller ids goes first. Pair counts include overlapping ones ("aaa" holds
// "aa" twice), as Hugging Face's trainer counts.
class BpeMerger {
 public:
  struct Options {
    int32_t first_byte_id = 0;  // ids of the bytes, in the order of their symbols, begin here
    int32_t vocab_size = 0;     // ids end here
    int64_t min_frequency = 2;
    std::unordered_set<std::string> forbidden;  // bytes no merge may spell (special tokens)
  };
  struct Result {
    std::vector<std::string> tokens;  // bytes, from first_byte_id on
    std::vector<std::pair<int32_t, int32_t>> merges;
  };
  static Result learn(const WordCounter& words, const Options& options);

 private:
  struct Word {
    uint64_t offset;  // into symbols_
    uint32_t length;
    int64_t count;
  };
  struct Pair {
    int64_t count = 0;
    std::vector<uint32_t> words;  // that held it once; some may no longer
    bool queued = false;          // listed in changed_
  };
  struct Candidate {
    int64_t count;
    uint64_t pair;
    bool operator<(const Candidate& other) const {  // of a max-heap
      return count != other.count ? count < other.count : pair > other.pair;
    }
  };
  static uint64_t key(int32_t left, int32_t right) {
    return static_cast<uint64_t>(static_cast<uint32_t>(left)) << 32 | static_cast<uint32_t>(right);
  }

  explicit BpeMerger(const Options& options) : options_(options) {}
  void add_words(const WordCounter& words);
  void run();
  void merge_everywhere(uint64_t pair, int32_t merged);
  void merge_in_word(uint32_t word, int32_t left, int32_t right, int32_t merged);
  void increase(int32_t left, int32_t right, uint32_t word, int64_t count);
  void decrease(int32_t left, int32_t right, int64_t count);
  const std::string& bytes_of(int32_t id) const {
    return result_.tokens[static_cast<size_t>(id - options_.first_byte_id)];
  }

  const Options& options_;
  std::vector<int32_t> symbols_;
  std::vector<Word> words_;
  std::unordered_map<uint64_t, Pair> pairs_;
  std::vector<uint64_t> changed_;
  std::unordered_map<std::string, int32_t> ids_;
  Result result_;
};

}  // namespace fundi::text
