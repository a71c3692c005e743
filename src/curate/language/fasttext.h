#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/files.h"
#include "curate/language/fasttext_matrix.h"

namespace fundi::curate {

// A supervised model of fastText (Joulin et al. 2016, arXiv:1607.01759) as its program writes it:
// .bin of format 11 or 12 and quantised .ftz, with the hierarchical softmax (lid.176) or the plain
// one (GlotLID). The file stays mapped; nothing of its matrices is copied.
class FastTextModel {
 public:
  // Throws kNotFound, kIo, kCorruptData (naming what is wrong where), kUnsupported (word vectors,
  // other losses).
  explicit FastTextModel(const fs::path& path);

  struct Prediction {
    size_t label;  // index into labels()
    double probability;
  };
  // The `k` most probable labels, best first, as fastText predicts them for a line of this text
  // (line breaks count as spaces); none where it holds nothing that the model knows. Any thread.
  std::vector<Prediction> predict(std::string_view text, size_t k) const;

  // Without "__label__".
  std::span<const std::string> labels() const { return labels_; }

 private:
  class Loader;
  struct HuffmanNode {
    int64_t count;
    int32_t left = -1, right = -1;
  };
  // fastText's features of a line: rows of the input matrix.
  std::vector<int64_t> features_of(std::string_view text) const;
  void add_subwords(std::string_view word, std::vector<int64_t>& rows) const;
  void add_hashed(uint64_t bucket, std::vector<int64_t>& rows) const;
  std::vector<double> softmax(std::span<const float> hidden) const;
  std::vector<double> hierarchical_softmax(std::span<const float> hidden) const;

  std::shared_ptr<const MappedFile> file_;
  size_t dim_ = 0;
  int32_t word_ngrams_ = 0, shortest_ngram_ = 0, longest_ngram_ = 0;
  uint32_t buckets_ = 0;
  bool hierarchical_ = false;
  int64_t words_ = 0;
  std::unordered_map<std::string_view, int64_t> ids_;  // labels too, from words_ on
  std::vector<std::string> labels_;
  bool pruned_ = false;
  std::unordered_map<int32_t, int32_t> kept_;  // of a pruned model: bucket to row past the words
  std::vector<HuffmanNode> tree_;              // labels, then inner nodes, the root last
  FastTextMatrix input_, output_;
};

}  // namespace fundi::curate
