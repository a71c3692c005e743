#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "curate/models/classifier.h"

namespace fundi::curate {

struct TrainClassifierOptions {
  int bits = 20;  // 2^bits buckets
  int epochs = 6;
  double rate = 0.1;  // of AdaGrad
  double l2 = 1e-6;
  uint64_t seed = 0;  // of the order in which texts are seen
};

// How a classifier does on texts that it has not seen.
struct ClassifierQuality {
  uint64_t good = 0, bad = 0;
  double precision = 0, recall = 0, f1 = 0;  // at a score of 0.5
  double auc = 0;
  double threshold_90 = 0;  // the least score from which 90% are good; above 1: there is none
  double recall_90 = 0;     // from there on
  Json to_json() const;
};
// Scores of texts and whether these are good. Requires both kinds.
ClassifierQuality measure_classifier(std::vector<std::pair<double, bool>> scored);

// Trains by logistic regression with AdaGrad (Duchi et al. 2011), both classes weighing the same.
// By its hash a tenth of the texts is held out for measuring, another for Platt's calibration;
// repeated texts count once, texts in both classes not at all. The same texts in the same order and
// options give the same bytes. Throws kInvalidArgument for fewer than 20 of a class.
struct TrainedClassifier {
  Classifier classifier;
  ClassifierQuality quality;
  uint64_t trained = 0, calibrated = 0, repeated = 0, in_both = 0;
};
TrainedClassifier train_classifier(const std::vector<std::string>& good,
                                   const std::vector<std::string>& bad,
                                   const TrainClassifierOptions& options);

}  // namespace fundi::curate
