#include "evals/perplexity.h"

#include <algorithm>
#include <cmath>
#include <span>
#include <utility>

#include "base/error.h"
#include "ops/head.h"

namespace fundi::evals {
namespace {

constexpr int64_t kMaxContext = 1 << 20;
constexpr int64_t kTokensTogether = 2048;

// What begins every text, for tokenizers that add it.
std::vector<int32_t> prefix_of(const text::Tokenizer& tokenizer) {
  const std::vector<int32_t> added = tokenizer.encode("", true);
  const auto bos = tokenizer.bos_id();
  return bos && !added.empty() && added.front() == *bos ? std::vector{*bos}
                                                        : std::vector<int32_t>();
}

}  // namespace

void PerplexityOptions::validate() const {
  if (context < 2 || context > kMaxContext) {
    fail(ErrorCode::kInvalidArgument, "context: {} is not between 2 and {}", context, kMaxContext);
  }
  if (stride < 0 || stride >= context) {
    fail(ErrorCode::kInvalidArgument, "stride: {} is not between 1 and {}, the context less one",
         stride, context - 1);
  }
}

double PerplexityResult::perplexity() const { return std::exp(nats / static_cast<double>(tokens)); }

double PerplexityResult::bits_per_byte() const {
  return nats / std::log(2.0) / static_cast<double>(bytes);
}

Json PerplexityResult::to_json() const {
  return {{"perplexity", perplexity()},
          {"bits_per_byte", bits_per_byte()},
          {"documents", documents},
          {"tokens", tokens},
          {"bytes", bytes},
          {"seconds", seconds}};
}

Perplexity::Perplexity(models::Model& model, const text::Tokenizer& tokenizer,
                       const PerplexityOptions& options)
    : model_(model), tokenizer_(tokenizer), prefix_(prefix_of(tokenizer)) {
  options.validate();
  const int64_t context = std::min(options.context, model.config().max_position_embeddings);
  if (context < 2) {
    fail(ErrorCode::kInvalidArgument,
         "perplexity: the model's context of {} token predicts nothing", context);
  }
  width_ = context - static_cast<int64_t>(prefix_.size());
  const int64_t stride = options.stride > 0 ? options.stride : context / 2;
  stride_ = std::min({stride, context - 1, width_});
}

void Perplexity::add(std::string_view document) {
  const std::vector<int32_t> ids = tokenizer_.encode(document, false, false);
  const auto size = static_cast<int64_t>(ids.size());
  const auto prefix = static_cast<int64_t>(prefix_.size());
  ++result_.documents;
  result_.bytes += static_cast<int64_t>(document.size());
  for (int64_t done = 0; done < size;) {
    const int64_t end = std::min(size, done == 0 ? width_ : done + stride_);
    const int64_t begin = std::max<int64_t>(0, end - width_);
    Window window{prefix_, std::max<int64_t>(1, prefix + done - begin)};
    window.tokens.insert(window.tokens.end(), ids.begin() + begin, ids.begin() + end);
    add_window(std::move(window));
    done = end;
  }
}

void Perplexity::add_window(Window window) {
  const auto size = static_cast<int64_t>(window.tokens.size());
  if (window.first >= size) return;  // one token, and nothing before it
  if (waiting_ + size > kTokensTogether) run_windows();
  waiting_ += size;
  windows_.push_back(std::move(window));
}

void Perplexity::run_windows() {
  if (windows_.empty()) return;
  std::vector<std::span<const int32_t>> tokens;
  for (const Window& window : windows_) tokens.emplace_back(window.tokens);
  Stream stream;
  ops::Context context{stream};
  const Tensor hidden = model_.hidden(context, models::Batch::of_documents(tokens)).value();
  int64_t row = 0;
  for (const Window& window : windows_) {
    const auto size = static_cast<int64_t>(window.tokens.size());
    const std::span targets = std::span(window.tokens).subspan(static_cast<size_t>(window.first));
    const auto count = static_cast<int64_t>(targets.size());
    // A hidden state predicts the token after its own.
    const Tensor log_probs =
        ops::token_log_probs(context, ops::Var(hidden.rows(row + window.first - 1, count)),
                             model_.head(), Tensor::from<int32_t>(targets, {count}))
            .value();
    for (const float log_prob : log_probs.span<float>()) result_.nats -= log_prob;
    result_.tokens += count;
    row += size;
  }
  windows_.clear();
  waiting_ = 0;
}

PerplexityResult Perplexity::result() {
  run_windows();
  if (result_.tokens == 0) {
    fail(ErrorCode::kInvalidArgument, "perplexity: the documents hold no token to predict");
  }
  if (std::isnan(result_.nats)) {
    fail(ErrorCode::kDiverged, "the model's logits hold no number; its weights are damaged");
  }
  result_.seconds = watch_.seconds();
  return result_;
}

}  // namespace fundi::evals
