#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "curate/dedup/cut.h"

namespace fundi::curate::dedup {

// Finds the texts of evaluation sets in documents by runs of words (Brown et al. 2020, appendix C).
// Words are compared simplified (words/simplify.h: no case, accents, punctuation; a number is 0);
// one with punctuation inside counts as several. Every run of `ngram` words of an evaluation text
// is looked for, and the whole text if it has fewer, but at least `least_words`. Hashed to 64 bits:
// a false alarm in 1e19 / runs words. About 32 to 64 bytes a run.
struct ContaminationOptions {
  int ngram = 13;
  int least_words = 5;
};

struct ContaminationMatch {
  TextRange range;    // from the first to the last word, in the original text
  uint32_t set = 0;   // as add() was told
  uint32_t row = 0;   // the first row with these words
  uint32_t runs = 0;  // how many runs one after the other matched this row
  bool operator==(const ContaminationMatch&) const = default;
};

class ContaminationIndex {
 public:
  // Throws kInvalidArgument unless 2 <= least_words <= ngram <= 64.
  explicit ContaminationIndex(const ContaminationOptions& options);
  // `text` is well-formed UTF-8. False if it has too few words to be found.
  bool add(std::string_view text, uint32_t set, uint32_t row);
  // Replaces `matches`, which ascend by their begin; those of different rows may overlap.
  // Thread-safe beside other calls of scan.
  void scan(std::string_view text, std::vector<ContaminationMatch>& matches) const;

 private:
  struct Slot {
    uint64_t key = 0;  // 0: free
    uint32_t set = 0, row = 0;
  };
  void insert(const Slot& slot);
  const Slot* find(uint64_t key) const;
  ContaminationOptions options_;
  std::vector<size_t> lengths_;  // runs that are looked for: the n-gram and shorter whole texts
  std::vector<Slot> slots_;      // a power of two, at most half full
  size_t used_ = 0;
};

}  // namespace fundi::curate::dedup
