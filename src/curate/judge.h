#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace fundi::curate {

// Why a document was turned away.
struct Rejection {
  std::string rule;   // "mean_word_length"
  std::string value;  // what was found: "12.4", "lorem ipsum"
  std::string limit;  // what would have passed: "3 to 10"; empty where that says nothing
};

// How the values that a rule looked at are spread: for the data card.
struct Histogram {
  // Bin 0 holds zero and below; the others are powers of 2^(1/4) from 2^-20 to 2^20.
  static constexpr size_t kBins = 162;
  std::vector<uint64_t> counts;           // empty or kBins
  std::vector<uint64_t> rejected_counts;  // of them those turned away; empty or kBins
  uint64_t documents = 0, rejected = 0;
  double least = 0, greatest = 0, sum = 0;
  void add(double value);
  void reject(double value);  // one that was added
  void merge(const Histogram& other);
  static size_t bin_of(double value);
  static double lower_edge(size_t bin);
};

// Figures that a step asked about, in the order of DocumentStep::rules(), and what it counted.
struct StepFigures {
  std::vector<Histogram> rules;
  std::map<std::string, int64_t, std::less<>> counts;  // "email": 12 addresses replaced
  void merge(const StepFigures& other);
};

// What a step tells about one document. A step asks rule by rule, the rule being an index into its
// rules(), and may leave at the first "false":
//   if (!judge.at_least(kMinWords, words, options.min_words)) return;
// The comparisons are strict in favour of the document: a value equal to the limit passes. NaN
// never passes. While a document's story is told (`fundi curate explain`) every answer is "true",
// so that all rules are asked; the first that failed counts all the same.
class Judge {
 public:
  struct Answer {
    size_t rule;
    double value;
    std::string limit;
    bool passed;
    double least = 0, greatest = 0;  // infinite where there is no limit; of forbid() neither
  };

  // `figures` collects; `story`, unless null, gets each answer.
  Judge(std::span<const std::string_view> rules, StepFigures& figures,
        std::vector<Answer>* story = nullptr);

  bool at_least(size_t rule, double value, double limit);
  bool at_most(size_t rule, double value, double limit);
  bool between(size_t rule, double value, double least, double greatest);
  // False if `found`; `what` is the value in the rejects: the phrase, the word, the domain.
  bool forbid(size_t rule, bool found, std::string_view what);
  // From here on rule 0 is the one with this index: for a step that is made of other steps.
  void count_rules_from(size_t first) { first_ = first; }
  // Something noteworthy that rejects nothing: "lines_removed", "email".
  void count(std::string_view what, int64_t n = 1);

  const std::optional<Rejection>& rejection() const { return rejection_; }
  // Rejected, and no story wants the other rules asked.
  bool settled() const { return rejection_.has_value() && story_ == nullptr; }

 private:
  bool answer(size_t rule, double value, bool passed, double least, double greatest);
  std::span<const std::string_view> rules_;
  StepFigures& figures_;
  std::vector<Answer>* story_;
  size_t first_ = 0;
  std::optional<Rejection> rejection_;
};

}  // namespace fundi::curate
