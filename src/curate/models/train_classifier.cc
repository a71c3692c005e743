#include "curate/models/train_classifier.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <unordered_map>

#include "base/error.h"
#include "base/hash.h"
#include "base/random.h"
#include "curate/models/text_features.h"

namespace fundi::curate {
namespace {

constexpr size_t kLeastTexts = 20;

struct Example {
  std::string_view text;
  bool good;
};

struct Split {
  std::vector<Example> train, calibrate, measure;
  uint64_t repeated = 0, in_both = 0;
};

void check_both(const std::vector<Example>& examples, size_t least, std::string_view what,
                uint64_t in_both) {
  for (const bool good : {true, false}) {
    const auto n = static_cast<size_t>(
        std::count_if(examples.begin(), examples.end(),
                      [&](const Example& example) { return example.good == good; }));
    if (n >= least) continue;
    fail(ErrorCode::kInvalidArgument,
         "{} {} texts to {}; at least {} are needed, better 1000 in all{}", n,
         good ? "good" : "bad", what, least,
         in_both > 0
             ? fmt::format("; {} are left out, for they stand among the good and the bad", in_both)
             : "");
  }
}

Split split(const std::vector<std::string>& good, const std::vector<std::string>& bad) {
  Split split;
  std::unordered_map<uint64_t, int> classes;  // bit 0: good, bit 1: bad
  for (const std::string& text : good) classes[hash64(text)] |= 1;
  for (const std::string& text : bad) classes[hash64(text)] |= 2;
  std::unordered_map<uint64_t, bool> taken;
  const auto take = [&](const std::string& text, bool is_good) {
    const uint64_t hash = hash64(text);
    if (classes[hash] == 3) {
      ++split.in_both;
    } else if (!taken.emplace(hash, true).second) {
      ++split.repeated;
    } else {
      const uint64_t tenth = Random::mix(hash) % 10;
      (tenth == 0   ? split.measure
       : tenth == 1 ? split.calibrate
                    : split.train)
          .push_back({text, is_good});
    }
  };
  for (const std::string& text : good) take(text, true);
  for (const std::string& text : bad) take(text, false);
  if (split.in_both > 0 && split.in_both == good.size() + bad.size()) {
    fail(ErrorCode::kInvalidArgument,
         "all {} good and {} bad texts stand in both: name other files as the one or the other",
         good.size(), bad.size());
  }
  check_both(split.train, kLeastTexts, "train on", split.in_both);
  check_both(split.calibrate, 1, "calibrate with", split.in_both);
  check_both(split.measure, 1, "measure with", split.in_both);
  return split;
}

double logistic(double x) { return 1 / (1 + std::exp(-x)); }

// Share of the examples, times two: both classes then weigh the same.
double weight_of(const std::vector<Example>& examples, bool good) {
  const auto n = std::count_if(examples.begin(), examples.end(),
                               [&](const Example& example) { return example.good == good; });
  return static_cast<double>(examples.size()) / (2 * static_cast<double>(n));
}

class Trainer {
 public:
  explicit Trainer(const TrainClassifierOptions& options)
      : options_(options),
        weights_(size_t{1} << options.bits),
        squares_(weights_.size(), 1e-8F),
        counts_(weights_.size()) {}

  void see(const Example& example, double weight) {
    touched_.clear();
    size_t features = 0;
    for_each_feature(example.text, options_.bits, [&](uint32_t bucket) {
      if (counts_[bucket]++ == 0) touched_.push_back(bucket);
      ++features;
    });
    if (features == 0) return;
    const double scale = Classifier::kScale / static_cast<double>(features);
    double sum = 0;
    for (const uint32_t bucket : touched_) sum += double{weights_[bucket]} * counts_[bucket];
    const double error = weight * (logistic(sum * scale + offset_) - (example.good ? 1.0 : 0.0));
    for (const uint32_t bucket : touched_) {
      const auto gradient = static_cast<float>(error * scale * counts_[bucket] +
                                               options_.l2 * double{weights_[bucket]});
      squares_[bucket] += gradient * gradient;
      weights_[bucket] -=
          static_cast<float>(options_.rate) * gradient / std::sqrt(squares_[bucket]);
      counts_[bucket] = 0;
    }
    offset_ -= 0.1 * error;
  }

  std::vector<BFloat16> weights() const {
    std::vector<BFloat16> rounded;
    rounded.reserve(weights_.size());
    for (const float weight : weights_) rounded.emplace_back(weight);
    return rounded;
  }

 private:
  TrainClassifierOptions options_;
  std::vector<float> weights_, squares_;
  std::vector<uint32_t> counts_, touched_;
  double offset_ = 0;
};

// Newton's method on Platt's likelihood; his targets keep few texts from claiming certainty.
std::pair<double, double> calibrate(const std::vector<std::pair<double, bool>>& scored) {
  double good = 0, bad = 0;
  for (const auto& [raw, is_good] : scored) (is_good ? good : bad) += 1;
  const double high = (good + 1) / (good + 2), low = 1 / (bad + 2);
  double slope = 1, offset = 0;
  const auto loss = [&](double a, double b) {
    double sum = 0;
    for (const auto& [raw, is_good] : scored) {
      const double x = a * raw + b, target = is_good ? high : low;
      sum += std::log1p(std::exp(-std::abs(x))) + std::max(x, 0.0) - target * x;
    }
    return sum;
  };
  for (int step = 0; step < 50; ++step) {
    double ga = 0, gb = 0, haa = 1e-9, hab = 0, hbb = 1e-9;
    for (const auto& [raw, is_good] : scored) {
      const double p = logistic(slope * raw + offset), d = p - (is_good ? high : low);
      const double v = p * (1 - p);
      ga += d * raw, gb += d;
      haa += v * raw * raw, hab += v * raw, hbb += v;
    }
    const double det = haa * hbb - hab * hab;
    const double da = (hbb * ga - hab * gb) / det, db = (haa * gb - hab * ga) / det;
    const double now = loss(slope, offset);
    double length = 1;
    while (length > 1e-10 && !(loss(slope - length * da, offset - length * db) < now)) length /= 2;
    if (length <= 1e-10) break;
    slope -= length * da, offset -= length * db;
  }
  return {slope, offset};
}

std::vector<std::pair<double, bool>> raw_scores(const Classifier& classifier,
                                                const std::vector<Example>& examples) {
  std::vector<std::pair<double, bool>> scored;
  for (const Example& example : examples) {
    scored.emplace_back(classifier.raw_score(example.text), example.good);
  }
  return scored;
}

}  // namespace

Json ClassifierQuality::to_json() const {
  return {{"good", good},
          {"bad", bad},
          {"precision", precision},
          {"recall", recall},
          {"f1", f1},
          {"auc", auc},
          {"threshold_90", threshold_90 > 1 ? Json() : Json(threshold_90)},
          {"recall_90", recall_90}};
}

ClassifierQuality measure_classifier(std::vector<std::pair<double, bool>> scored) {
  std::sort(scored.begin(), scored.end(), std::greater<>());
  ClassifierQuality quality{.threshold_90 = 2};
  for (const auto& [score, good] : scored) ++(good ? quality.good : quality.bad);
  const auto good = static_cast<double>(quality.good), bad = static_cast<double>(quality.bad);
  double hits = 0, misses = 0, area = 0;
  for (size_t i = 0; i < scored.size();) {
    const double score = scored[i].first;
    double here_good = 0, here_bad = 0;
    for (; i < scored.size() && scored[i].first == score; ++i) {
      (scored[i].second ? here_good : here_bad) += 1;
    }
    area += here_bad * (hits + here_good / 2);
    hits += here_good, misses += here_bad;
    if (score >= 0.5) {
      quality.precision = hits / (hits + misses);
      quality.recall = hits / good;
    }
    if (hits >= 0.9 * (hits + misses)) {
      quality.threshold_90 = score;
      quality.recall_90 = hits / good;
    }
  }
  quality.auc = area / (good * bad);
  const double sum = quality.precision + quality.recall;
  quality.f1 = sum > 0 ? 2 * quality.precision * quality.recall / sum : 0;
  return quality;
}

TrainedClassifier train_classifier(const std::vector<std::string>& good,
                                   const std::vector<std::string>& bad,
                                   const TrainClassifierOptions& options) {
  Split parts = split(good, bad);
  const double good_weight = weight_of(parts.train, true);
  const double bad_weight = weight_of(parts.train, false);
  const uint64_t trained = parts.train.size();
  Trainer trainer(options);
  Random random(options.seed);
  for (int epoch = 0; epoch < options.epochs; ++epoch) {
    shuffle(std::span(parts.train), random);
    for (const Example& example : parts.train) {
      trainer.see(example, example.good ? good_weight : bad_weight);
    }
  }
  const Classifier raw(trainer.weights(), 1, 0, {});
  const auto [slope, offset] = calibrate(raw_scores(raw, parts.calibrate));
  auto held_out = raw_scores(raw, parts.measure);
  for (auto& [score, is_good] : held_out) score = logistic(slope * score + offset);
  const ClassifierQuality quality = measure_classifier(std::move(held_out));
  return {.classifier = Classifier(trainer.weights(), slope, offset, quality.to_json()),
          .quality = quality,
          .trained = trained,
          .calibrated = parts.calibrate.size(),
          .repeated = parts.repeated,
          .in_both = parts.in_both};
}

}  // namespace fundi::curate
