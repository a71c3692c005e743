#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "models/model.h"
#include "text/tokenizer.h"

namespace fundi::evals {

// A question with the answers that count as right. Questions belong to named sets ("seen",
// "unseen"), each with a rate of its own.
struct ExactMatchItem {
  std::string set;
  std::string question;
  std::vector<std::string> answers;  // at least one
};

struct ExactMatchOptions {
  int64_t max_tokens = 48;   // of an answer
  int64_t concurrency = 64;  // questions answered together
  int64_t samples = 12;      // right and wrong answers kept of each set
  int64_t limit = 0;         // questions of each set, drawn by the seed; 0: all
  uint64_t seed = 0;

  // Throws kInvalidArgument naming the option and its range.
  void validate() const;
};

struct ExactMatchSample {
  std::string question, expected, answer;
};

struct ExactMatchSet {
  std::string name;
  int64_t total = 0;
  int64_t right = 0;
  std::vector<ExactMatchSample> right_samples, wrong_samples;
  double rate() const {
    return total > 0 ? static_cast<double>(right) / static_cast<double>(total) : 0;
  }
};

struct ExactMatchResult {
  std::vector<ExactMatchSet> sets;  // in the order in which they appear
  double seconds = 0;
  // {sets: [{name, total, right, exact_match, right_samples, wrong_samples}], seconds}
  Json to_json() const;
};

// What is compared: NFC, without white space at the ends.
std::string normalize_answer(std::string_view text);

// Lines of {"set"?, "question" | "messages" | "prompt", "answers" | "answer" | "completion"};
// "set" defaults to `default_set`; "seen": true | false stands for the sets "seen" and "unseen". Of
// "messages" the last, the assistant's, is the answer and the one before it the question. Throws
// kCorruptData, kInvalidArgument naming file, line and key.
std::vector<ExactMatchItem> read_exact_match_items(const std::filesystem::path& file,
                                                   const std::string& default_set);

// Answers one rendered prompt each; `done` may be called with the number of answers so far. The
// model in production, a stub in tests.
using Answerer = std::function<std::vector<std::string>(const std::vector<std::string>& questions,
                                                        const std::function<void(int64_t)>& done)>;

// Greedy answers of a model, as a user's message in its chat template. The model and the tokenizer
// must outlive the function.
Answerer greedy_answerer(models::Model& model, const text::Tokenizer& tokenizer,
                         const ExactMatchOptions& options);

// Asks and compares. Throws kInvalidArgument without items.
ExactMatchResult exact_match(const std::vector<ExactMatchItem>& items, const Answerer& answerer,
                             const ExactMatchOptions& options);

}  // namespace fundi::evals
