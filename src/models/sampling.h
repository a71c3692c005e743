#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/random.h"

namespace fundi::models {

struct SamplingOptions {
  double temperature = 0.0;         // 0: greedy
  int64_t top_k = 0;                // 0: all
  double top_p = 1.0;               // nucleus (Holtzman et al. 2020, arXiv:1904.09751)
  double min_p = 0.0;               // relative to the best token's probability
  double repetition_penalty = 1.0;  // CTRL (Keskar et al. 2019, arXiv:1909.05858)
  uint64_t seed = 0;

  // Throws kInvalidArgument naming the option and its range.
  void validate() const;
};

// A token that the filters left, and its probability among those.
struct Candidate {
  int32_t id = 0;
  double probability = 0;
};

// What sample() draws from, most probable first, ties in the order of ids. Filters run in the order
// penalty, temperature, top-k, top-p, min-p, as in transformers; at least one token is left.
// `logits` is scratch: it is changed. `history` holds prompt and generated tokens. Temperature 0
// leaves the best token only. A logit that is NaN never wins; where no logit is a number:
// kDiverged.
std::vector<Candidate> candidates(std::span<float> logits, std::span<const int32_t> history,
                                  const SamplingOptions& options);

// Chooses the next token: one of candidates(), by one number of `random`; the best, and no number
// drawn, at temperature 0.
int32_t sample(std::span<float> logits, std::span<const int32_t> history,
               const SamplingOptions& options, Random& random);

}  // namespace fundi::models
