#include "curate/language/fasttext.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace fundi::curate {
namespace {

constexpr std::string_view kSpaces{" \n\r\t\v\f\0", 7};
constexpr std::string_view kEndOfLine = "</s>";
constexpr std::string_view kLabel = "__label__";
constexpr double kEpsilon = 1e-5;  // in fastText's logarithms

// FNV-1a of 32 bits, over bytes taken as signed: a slip of fastText that its files depend on.
class Hash {
 public:
  void add(char c) {
    value_ = (value_ ^ static_cast<uint32_t>(static_cast<int8_t>(c))) * 16777619u;
  }
  uint32_t value() const { return value_; }

 private:
  uint32_t value_ = 2166136261u;
};

uint32_t hash_of(std::string_view text) {
  Hash hash;
  for (const char c : text) hash.add(c);
  return hash.value();
}

bool continues(char c) { return (c & 0xC0) == 0x80; }

}  // namespace

void FastTextModel::add_hashed(uint64_t bucket, std::vector<int64_t>& rows) const {
  if (!pruned_) {
    rows.push_back(words_ + static_cast<int64_t>(bucket));
  } else if (const auto kept = kept_.find(static_cast<int32_t>(bucket)); kept != kept_.end()) {
    rows.push_back(words_ + kept->second);
  }
}

// Of "<word>", by characters.
void FastTextModel::add_subwords(std::string_view word, std::vector<int64_t>& rows) const {
  if (buckets_ == 0 || longest_ngram_ == 0) return;
  const std::string framed = fmt::format("<{}>", word);
  for (size_t begin = 0; begin < framed.size(); ++begin) {
    if (continues(framed[begin])) continue;
    Hash hash;
    size_t end = begin;
    for (int32_t n = 1; end < framed.size() && n <= longest_ngram_; ++n) {
      do {
        hash.add(framed[end++]);
      } while (end < framed.size() && continues(framed[end]));
      const bool frame_alone = n == 1 && (begin == 0 || end == framed.size());
      if (n >= shortest_ngram_ && !frame_alone) add_hashed(hash.value() % buckets_, rows);
    }
  }
}

std::vector<int64_t> FastTextModel::features_of(std::string_view text) const {
  std::vector<int64_t> rows;
  std::vector<int32_t> hashes;
  const auto add = [&](std::string_view token) {
    const auto found = ids_.find(token);
    if (found == ids_.end() ? token.starts_with(kLabel) : found->second >= words_) return;
    if (found != ids_.end()) rows.push_back(found->second);
    if (token != kEndOfLine) add_subwords(token, rows);
    hashes.push_back(static_cast<int32_t>(hash_of(token)));
  };
  for (size_t pos = text.find_first_not_of(kSpaces); pos != std::string_view::npos;
       pos = text.find_first_not_of(kSpaces, pos)) {
    const std::string_view token = text.substr(pos, text.find_first_of(kSpaces, pos) - pos);
    if (token == kEndOfLine) break;
    add(token);
    pos += token.size();
  }
  add(kEndOfLine);
  if (buckets_ == 0) return rows;
  for (size_t i = 0; i < hashes.size(); ++i) {
    auto hash = static_cast<uint64_t>(hashes[i]);
    const size_t end = std::min(hashes.size(), i + static_cast<size_t>(word_ngrams_));
    for (size_t j = i + 1; j < end; ++j) {
      hash = hash * 116049371 + static_cast<uint64_t>(hashes[j]);
      add_hashed(hash % buckets_, rows);
    }
  }
  return rows;
}

std::vector<double> FastTextModel::softmax(std::span<const float> hidden) const {
  std::vector<double> out(labels_.size());
  for (size_t label = 0; label < out.size(); ++label) out[label] = output_.dot_row(label, hidden);
  const double greatest = *std::max_element(out.begin(), out.end());
  double sum = 0;
  for (double& value : out) sum += value = std::exp(value - greatest);
  for (double& value : out) value = value / sum + kEpsilon;
  return out;
}

// Children stand before their parents, so that one way down the nodes reaches every label.
std::vector<double> FastTextModel::hierarchical_softmax(std::span<const float> hidden) const {
  const size_t leaves = labels_.size();
  std::vector<double> reached(tree_.size(), 1);
  for (size_t node = tree_.size(); node-- > leaves;) {
    const double right = 1 / (1 + std::exp(-double{output_.dot_row(node - leaves, hidden)}));
    reached[static_cast<size_t>(tree_[node].left)] = reached[node] * (1 - right + kEpsilon);
    reached[static_cast<size_t>(tree_[node].right)] = reached[node] * (right + kEpsilon);
  }
  reached.resize(leaves);
  return reached;
}

std::vector<FastTextModel::Prediction> FastTextModel::predict(std::string_view text,
                                                              size_t k) const {
  const std::vector<int64_t> rows = features_of(text);
  if (rows.empty()) return {};
  std::vector<float> hidden(dim_);
  for (const int64_t row : rows) input_.add_row(static_cast<size_t>(row), hidden);
  const float scale = 1.0f / static_cast<float>(rows.size());
  for (float& value : hidden) value *= scale;
  const std::vector<double> probabilities =
      hierarchical_ ? hierarchical_softmax(hidden) : softmax(hidden);
  std::vector<Prediction> out(probabilities.size());
  for (size_t label = 0; label < out.size(); ++label) {
    // A file may hold what is no number; nothing is likely then.
    const double p = probabilities[label];
    out[label] = {label, p >= 0 ? std::min(p, 1.0) : 0.0};
  }
  const size_t best = std::min(k, out.size());
  std::partial_sort(out.begin(), out.begin() + static_cast<ptrdiff_t>(best), out.end(),
                    [](const Prediction& a, const Prediction& b) {
                      return a.probability != b.probability ? a.probability > b.probability
                                                            : a.label < b.label;
                    });
  out.resize(best);
  return out;
}

}  // namespace fundi::curate
