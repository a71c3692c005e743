#pragma once

#include <memory>
#include <string>

#include "curate/document.h"
#include "curate/models/profile.h"

namespace fundi::curate {

// Learns a Profile from good documents of a language.
// - Limits of gopher_quality, gopher_repetition and fineweb: the 1% and 99% quantiles of what the
//   documents have, where that is looser than the limit those steps come with: style and length of
//   a small corpus say little about other good texts. Only the lengths of words and the share of
//   words with letters, which belong to the language, may become stricter: quantiles with half
//   their distance, at least a tenth of the value, as a margin. Left out with fewer than
//   kLeastDocuments.
// - Stop words: up to kStopWords words no longer than the mean that are in at least a tenth of all
//   passages (about 2000 bytes). Letters: those that are one in 20,000 or more.
//   The least shares: the 1% quantile of the passages less half its distance to the median.
// - Perplexity: of each fifth of the corpus under the model of the other four; passages of up to
//   2000 bytes. The limit is three sigma (robust, of the bits a character) above the median, or the
//   99% quantile if that is more.
class ProfileLearner {
 public:
  static constexpr size_t kLeastDocuments = 20, kStopWords = 40;
  static constexpr size_t kLeastCharacters = 5000;
  static constexpr uint64_t kMostBytes = 32'000'000;  // more teaches it nothing

  explicit ProfileLearner(std::string language);  // BCP 47
  ~ProfileLearner();
  // False, and nothing is done, once there is enough. A text seen before counts once.
  bool add(Document document);
  // Throws kInvalidArgument if there is too little text.
  Profile learn();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace fundi::curate
