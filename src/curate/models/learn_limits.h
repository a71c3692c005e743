#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/json.h"
#include "curate/subject.h"

namespace fundi::curate {

// The value at `share` (0 to 1) of the sorted values: of the lower neighbour below a half, else of
// the higher. Sorts. Requires values.
double quantile(std::vector<double>& values, double share);

// Learns limits for the steps whose rules a language or a kind of text may break: see
// learn_profile.h.
class LimitLearner {
 public:
  LimitLearner();
  void add(Subject& subject);
  // {gopher_quality: {min_doc_words: 50, ...}, ...}: settings of these steps.
  Json learn();

 private:
  struct Seen {
    std::vector<double> values;
    double least = 0, greatest = 0;  // as the step has them by itself
  };
  struct Watched;
  std::vector<std::shared_ptr<const Watched>> steps_;
  std::vector<std::map<std::string, Seen, std::less<>>> seen_;  // by step, rule
};

}  // namespace fundi::curate
