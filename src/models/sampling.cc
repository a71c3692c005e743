#include "models/sampling.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <unordered_set>

#include "base/error.h"

namespace fundi::models {
namespace {

constexpr float kOut = -std::numeric_limits<float>::infinity();

void check_range(const char* option, double value, bool valid, const char* range) {
  if (!valid) fail(ErrorCode::kInvalidArgument, "{} must be {}, not {}", option, range, value);
}

// Once for each token that occurs, however often it does.
void penalise(std::span<float> logits, std::span<const int32_t> history, float penalty) {
  const std::unordered_set<int32_t> seen(history.begin(), history.end());
  for (const int32_t id : seen) {
    if (id < 0 || static_cast<size_t>(id) >= logits.size()) continue;
    float& logit = logits[static_cast<size_t>(id)];
    logit = logit < 0 ? logit * penalty : logit / penalty;
  }
}

size_t best(std::span<const float> logits) {
  return static_cast<size_t>(std::max_element(logits.begin(), logits.end()) - logits.begin());
}

// The k-th largest logit; ties with it stay, as in transformers.
void keep_top_k(std::span<float> logits, int64_t k) {
  if (k <= 0 || static_cast<size_t>(k) >= logits.size()) return;
  std::vector<float> sorted(logits.begin(), logits.end());
  const auto kth = sorted.begin() + (k - 1);
  std::nth_element(sorted.begin(), kth, sorted.end(), std::greater<>());
  for (float& logit : logits) {
    if (logit < *kth) logit = kOut;
  }
}

// Candidates with their weights exp(logit), 1 for the best, and how many of them are in order, best
// first.
class Ranking {
 public:
  explicit Ranking(std::span<const float> logits) {
    items_.reserve(logits.size());
    for (size_t i = 0; i < logits.size(); ++i) {
      if (logits[i] == kOut) continue;
      const double weight = std::exp(static_cast<double>(logits[i]));
      items_.push_back({static_cast<int32_t>(i), weight});
      total_ += weight;
    }
  }

  // The smallest set of best tokens that reaches `mass` of the whole. The vocabulary is large and
  // the set mostly small, so only as much is sorted as is needed.
  void keep_mass(double mass) {
    double sum = 0;
    for (size_t i = 0; i < items_.size(); ++i) {
      sort_beyond(i);
      sum += items_[i].probability;
      if (sum >= mass * total_) return resize(i + 1);
    }
  }

  void keep_above(double weight) {
    std::erase_if(items_, [weight](const Candidate& c) { return c.probability < weight; });
    sorted_ = std::min(sorted_, items_.size());
  }

  // Normalised; in order where a filter needed it, else by id.
  std::vector<Candidate> take() {
    total_ = 0;
    for (const Candidate& item : items_) total_ += item.probability;
    for (Candidate& item : items_) item.probability /= total_;
    return std::move(items_);
  }

  static bool before(const Candidate& a, const Candidate& b) {
    return a.probability != b.probability ? a.probability > b.probability : a.id < b.id;
  }

 private:
  void sort_beyond(size_t place) {
    if (place < sorted_) return;
    const size_t end = std::min(items_.size(), std::max<size_t>(256, 4 * sorted_));
    std::partial_sort(items_.begin() + static_cast<ptrdiff_t>(sorted_),
                      items_.begin() + static_cast<ptrdiff_t>(end), items_.end(), before);
    sorted_ = end;
  }

  void resize(size_t count) { items_.resize(count), sorted_ = std::min(sorted_, count); }

  std::vector<Candidate> items_;
  size_t sorted_ = 0;
  double total_ = 0;
};

// Penalises, and makes what is not a number lose. Returns the best token.
size_t prepare(std::span<float> logits, std::span<const int32_t> history,
               const SamplingOptions& options) {
  for (float& logit : logits) {
    if (!(logit < std::numeric_limits<float>::infinity())) logit = kOut;
  }
  if (options.repetition_penalty != 1.0) {
    penalise(logits, history, static_cast<float>(options.repetition_penalty));
  }
  const size_t top = logits.empty() ? 0 : best(logits);
  if (logits.empty() || logits[top] == kOut) {
    fail(ErrorCode::kDiverged, "the model's logits hold no number; its weights are damaged");
  }
  return top;
}

// The tokens left by all filters, in an order that is the same each time.
std::vector<Candidate> filter(std::span<float> logits, std::span<const int32_t> history,
                              const SamplingOptions& options) {
  const size_t top = prepare(logits, history, options);
  if (options.temperature == 0) return {{static_cast<int32_t>(top), 1.0}};
  // The best logit becomes 0 first: a tiny temperature then cannot overflow it.
  const double highest = logits[top];
  for (float& logit : logits) {
    logit = logit == kOut ? kOut : static_cast<float>((logit - highest) / options.temperature);
  }
  keep_top_k(logits, options.top_k);
  Ranking ranking(logits);
  if (options.top_p < 1.0) ranking.keep_mass(options.top_p);
  if (options.min_p > 0.0) ranking.keep_above(options.min_p);
  return ranking.take();
}

}  // namespace

void SamplingOptions::validate() const {
  check_range("temperature", temperature, temperature >= 0 && temperature <= 100, "from 0 to 100");
  check_range("top_k", static_cast<double>(top_k), top_k >= 0, "0 (all) or more");
  check_range("top_p", top_p, top_p > 0 && top_p <= 1, "above 0 and at most 1");
  check_range("min_p", min_p, min_p >= 0 && min_p <= 1, "from 0 to 1");
  check_range("repetition_penalty", repetition_penalty,
              repetition_penalty >= 0.01 && repetition_penalty <= 100, "from 0.01 to 100");
}

std::vector<Candidate> candidates(std::span<float> logits, std::span<const int32_t> history,
                                  const SamplingOptions& options) {
  std::vector<Candidate> left = filter(logits, history, options);
  std::sort(left.begin(), left.end(), Ranking::before);
  return left;
}

int32_t sample(std::span<float> logits, std::span<const int32_t> history,
               const SamplingOptions& options, Random& random) {
  // Not candidates(): sorting the whole vocabulary for each token would cost more than the filters.
  const std::vector<Candidate> choice = filter(logits, history, options);
  if (options.temperature == 0) return choice.front().id;
  double left = random.uniform();
  for (const Candidate& candidate : choice) {
    left -= candidate.probability;
    if (left < 0) return candidate.id;
  }
  return choice.back().id;
}

}  // namespace fundi::models
