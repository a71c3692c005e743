#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace fundi::text {

// How often each distinct word was seen. Not thread-safe: one a thread, then merged.
class WordCounter {
 public:
  void add(std::string_view word, int64_t count = 1);
  void add_all(const WordCounter& other);
  size_t size() const { return words_.size(); }

  struct Word {
    uint64_t offset;
    uint32_t length;
    uint32_t tag;
    int64_t count;
  };
  const std::vector<Word>& words() const { return words_; }
  std::string_view text(const Word& word) const {
    return std::string_view(bytes_).substr(word.offset, word.length);
  }

 private:
  void grow();
  std::string bytes_;
  std::vector<Word> words_;
  std::vector<uint32_t> slots_;  // index into words_ plus one; 0 is free
};

}  // namespace fundi::text
