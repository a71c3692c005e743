#include <algorithm>

#include "base/error.h"
#include "curate/language/fasttext.h"

namespace fundi::curate {
namespace {

constexpr int32_t kMagic = 793712314;
constexpr std::string_view kLabel = "__label__";
constexpr int32_t kHierarchical = 1, kSoftmax = 3;  // losses
constexpr int32_t kSupervised = 3;
constexpr int32_t kLargestDim = 4096;
constexpr int32_t kLongestNgram = 64;
// What fastText takes for a node whose count is not known yet: all real ones must be below.
constexpr int64_t kUnknownCount = 1'000'000'000'000'000;
// A word of the dictionary is at least a zero byte, its count and its type.
constexpr size_t kLeastEntry = 10;

}  // namespace

class FastTextModel::Loader {
 public:
  Loader(FastTextModel& model, const fs::path& path)
      : model_(model), in_(model.file_->bytes(), path.string()) {}

  void load() {
    const auto magic = in_.read<int32_t>("the head");
    const auto version = in_.read<int32_t>("the head");
    if (magic != kMagic) in_.corrupt("it does not begin as one");
    if (version != 11 && version != 12) {
      fail(ErrorCode::kUnsupported, "{}: fastText format {} is not read, only 11 and 12",
           in_.file(), version);
    }
    arguments(version);
    dictionary();
    matrices();
    if (model_.hierarchical_) build_tree();
  }

 private:
  int32_t within(int32_t least, int32_t greatest, std::string_view what) {
    const auto value = in_.read<int32_t>(what);
    if (value < least || value > greatest) in_.corrupt(fmt::format("{} is {}", what, value));
    return value;
  }
  void skip(std::string_view what) { in_.take(sizeof(int32_t), what); }

  void arguments(int32_t version) {
    model_.dim_ = static_cast<size_t>(within(1, kLargestDim, "dim"));
    for (const char* const unused : {"ws", "epoch", "minCount", "neg"}) skip(unused);
    model_.word_ngrams_ = within(0, kLongestNgram, "wordNgrams");
    const auto loss = in_.read<int32_t>("loss");
    const auto kind = in_.read<int32_t>("model");
    if (kind != kSupervised || (loss != kHierarchical && loss != kSoftmax)) {
      fail(ErrorCode::kUnsupported,
           "{}: is a fastText model of kind {} with loss {}; a supervised one with loss hs or "
           "softmax identifies languages",
           in_.file(), kind, loss);
    }
    model_.hierarchical_ = loss == kHierarchical;
    model_.buckets_ = static_cast<uint32_t>(within(0, INT32_MAX, "bucket"));
    model_.shortest_ngram_ = within(0, kLongestNgram, "minn");
    model_.longest_ngram_ = within(0, kLongestNgram, "maxn");
    if (version == 11) model_.longest_ngram_ = 0;  // as fastText reads such files
    skip("lrUpdateRate");
    in_.read<double>("t");
  }

  void dictionary() {
    const auto size = in_.read<int32_t>("the dictionary");
    const auto words = in_.read<int32_t>("the dictionary");
    const auto labels = in_.read<int32_t>("the dictionary");
    in_.read<int64_t>("the dictionary");  // tokens
    const auto pruned = in_.read<int64_t>("the dictionary");
    if (words < 0 || labels < 1 || int64_t{words} + labels != size ||
        static_cast<size_t>(size) > in_.left() / kLeastEntry) {
      in_.corrupt(fmt::format("a dictionary of {}: {} words and {} labels", size, words, labels));
    }
    model_.words_ = words;
    model_.ids_.reserve(static_cast<size_t>(size));
    model_.labels_.reserve(static_cast<size_t>(labels));
    for (int32_t id = 0; id < size; ++id) entry(id, id >= words);
    if (pruned < -1 || pruned > INT32_MAX) in_.corrupt(fmt::format("{} kept buckets", pruned));
    model_.pruned_ = pruned >= 0;
    for (int64_t i = 0; i < pruned; ++i) {
      const auto bucket = in_.read<int32_t>("kept buckets");
      model_.kept_[bucket] = in_.read<int32_t>("kept buckets");
    }
  }

  void entry(int32_t id, bool is_label) {
    const std::string_view text = in_.text("a word");
    const auto count = in_.read<int64_t>("a word's count");
    const auto type = in_.read<int8_t>("a word's type");
    if (type != (is_label ? 1 : 0)) in_.corrupt(fmt::format("entry {} has type {}", id, type));
    model_.ids_.emplace(text, id);
    if (!is_label) return;
    model_.labels_.emplace_back(text.starts_with(kLabel) ? text.substr(kLabel.size()) : text);
    if (count < 0 || count >= kUnknownCount - total_) {
      in_.corrupt(fmt::format("label {} has count {}", model_.labels_.back(), count));
    }
    total_ += count;
    model_.tree_.push_back({.count = count});
  }

  void matrices() {
    const bool quantized = in_.read<uint8_t>("the input matrix") != 0;
    if (model_.pruned_ && !quantized) in_.corrupt("pruned words without quantised vectors");
    model_.input_ = FastTextMatrix::read(in_, quantized, model_.dim_, "the input matrix");
    const bool quantized_output = in_.read<uint8_t>("the output matrix") != 0;
    model_.output_ =
        FastTextMatrix::read(in_, quantized && quantized_output, model_.dim_, "the output matrix");
    const auto words = static_cast<size_t>(model_.words_);
    const size_t hashed = model_.pruned_ ? model_.kept_.size() : model_.buckets_;
    if (model_.input_.rows() < words + hashed) {
      in_.corrupt(fmt::format("{} input rows for {} words and {} buckets", model_.input_.rows(),
                              words, hashed));
    }
    if (model_.output_.rows() != model_.labels_.size()) {
      in_.corrupt(fmt::format("{} output rows for {} labels", model_.output_.rows(),
                              model_.labels_.size()));
    }
    for (const auto& [bucket, row] : model_.kept_) {
      if (row < 0 || static_cast<size_t>(row) >= model_.input_.rows() - words) {
        in_.corrupt(fmt::format("bucket {} lies in row {}", bucket, row));
      }
    }
  }

  // The Huffman tree of the labels, tie by tie as fastText builds it, for the file does not hold
  // it.
  void build_tree() {
    std::vector<HuffmanNode>& tree = model_.tree_;
    const auto leaves = static_cast<int32_t>(tree.size());
    tree.resize(2 * tree.size() - 1, {.count = kUnknownCount});
    int32_t leaf = leaves - 1, inner = leaves;
    const auto least = [&] {
      const bool take_leaf = leaf >= 0 && tree[static_cast<size_t>(leaf)].count <
                                              tree[static_cast<size_t>(inner)].count;
      return take_leaf ? leaf-- : inner++;
    };
    for (size_t node = static_cast<size_t>(leaves); node < tree.size(); ++node) {
      tree[node].left = least();
      tree[node].right = least();
      tree[node].count = tree[static_cast<size_t>(tree[node].left)].count +
                         tree[static_cast<size_t>(tree[node].right)].count;
    }
  }

  FastTextModel& model_;
  ByteReader in_;
  int64_t total_ = 0;
};

FastTextModel::FastTextModel(const fs::path& path) : file_(MappedFile::open(path)) {
  Loader(*this, path).load();
}

}  // namespace fundi::curate
