#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/files.h"
#include "base/json.h"
#include "tensor/dtype.h"

namespace fundi::curate {

// A fast linear classifier of texts in the manner of fastText (Joulin et al. 2016): words, pairs of
// words and runs of 3 to 5 characters of the folded text (folds.h), hashed into buckets, a weight a
// bucket. Its raw score is the mean weight of a text's features times kScale; a logistic function
// fitted on held-out texts (Platt 1999) makes it a probability that the text is one of the good.
class Classifier {
 public:
  static constexpr int kLeastBits = 10, kMostBits = 24;
  static constexpr double kScale = 64;

  Classifier(std::vector<BFloat16> weights, double slope, double offset, Json report);
  static Classifier load(const fs::path& path);  // throws kNotFound, kIo, kCorruptData
  static Classifier parse(std::string_view bytes, const std::string& where);
  std::string to_bytes() const;

  // 0 to 1; of a text without features the offset's. Well-formed UTF-8. Any thread.
  double score(std::string_view text) const;
  double raw_score(std::string_view text) const;
  const Json& report() const { return report_; }  // of training, free in form
  size_t buckets() const { return weights_.size(); }

 private:
  std::vector<BFloat16> weights_;  // a power of two of them
  double slope_, offset_;
  Json report_;
};

}  // namespace fundi::curate
