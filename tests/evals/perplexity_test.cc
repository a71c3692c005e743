#include "evals/perplexity.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <tuple>

#include "backends/all.h"
#include "base/error.h"
#include "models/directory.h"
#include "text/bpe_trainer.h"

namespace fundi::evals {
namespace {

constexpr std::string_view kText =
    "Mkulima huyu ana shamba kubwa la mahindi, na mwaka huu mvua zimenyesha vizuri.";

class PerplexityTest : public testing::Test {
 protected:
  void SetUp() override { backends::install_all(); }

  static std::shared_ptr<const text::Tokenizer> tokenizer(bool with_bos) {
    text::BpeTrainerOptions options;
    options.vocab_size = 300;
    if (with_bos) options.bos_token = "<s>";
    return text::train_bpe(
        1, [](int64_t) { return kText; }, options);
  }

  // By the definition: each token alone, from the log-probabilities of its own window.
  double nats_token_by_token(const std::vector<int32_t>& ids, std::vector<int32_t> prefix,
                             int64_t context, int64_t stride) {
    const auto size = static_cast<int64_t>(ids.size());
    const int64_t width = context - static_cast<int64_t>(prefix.size());
    double nats = 0;
    for (int64_t t = prefix.empty() ? 1 : 0; t < size; ++t) {
      const int64_t windows = t < width ? 0 : (t - width) / stride + 1;
      const int64_t end = std::min(size, width + windows * stride);
      std::vector<int32_t> before = prefix;
      before.insert(before.end(), ids.begin() + std::max<int64_t>(0, end - width), ids.begin() + t);
      nats -= log_prob(before, ids[static_cast<size_t>(t)]);
    }
    return nats;
  }

  double log_prob(const std::vector<int32_t>& before, int32_t token) {
    Stream stream;
    ops::Context context{stream};
    const Tensor hidden = model_->hidden(context, models::Batch::of_documents({before})).value();
    const std::vector<int64_t> last{hidden.dim(0) - 1};
    const Tensor logits = models::logits_of(context, *model_, hidden, last);
    double sum = 0;
    for (const float logit : logits.span<float>()) sum += std::exp(double(logit));
    return double(logits.data<float>()[token]) - std::log(sum);
  }

  static std::unique_ptr<models::Model> make_model(int64_t context) {
    const Json config{{"model_type", "llama"},    {"vocab_size", 302},
                      {"hidden_size", 32},        {"intermediate_size", 48},
                      {"num_hidden_layers", 2},   {"num_attention_heads", 4},
                      {"initializer_range", 0.5}, {"max_position_embeddings", context}};
    return models::initialize_model(models::ModelConfig::from_json(config, "test"), DType::kF32, 1);
  }

  std::unique_ptr<models::Model> model_ = make_model(64);
};

TEST_F(PerplexityTest, EachTokenIsPredictedOnceFromItsWindow) {
  for (const bool with_bos : {false, true}) {
    const auto tokenizer = this->tokenizer(with_bos);
    const std::vector<int32_t> ids = tokenizer->encode(kText, false, false);
    const std::vector<int32_t> prefix =
        with_bos ? std::vector{*tokenizer->bos_id()} : std::vector<int32_t>();
    for (const auto& [context, stride] : {std::tuple{64, 0}, {8, 4}, {8, 7}, {7, 3}, {2, 1}}) {
      Perplexity perplexity(*model_, *tokenizer, {.context = context, .stride = stride});
      perplexity.add(kText);
      const PerplexityResult result = perplexity.result();
      EXPECT_EQ(result.tokens, static_cast<int64_t>(ids.size()) - (with_bos ? 0 : 1));
      const int64_t step = std::min<int64_t>(stride > 0 ? stride : context / 2,
                                             context - static_cast<int64_t>(prefix.size()));
      EXPECT_NEAR(result.nats, nats_token_by_token(ids, prefix, context, step), 1e-4 * result.nats)
          << context << " " << stride;
      EXPECT_EQ(result.bytes, static_cast<int64_t>(kText.size()));
      EXPECT_NEAR(result.perplexity(), std::exp(result.nats / double(result.tokens)), 1e-9);
      EXPECT_NEAR(result.bits_per_byte() * double(kText.size()) * std::log(2.0), result.nats, 1e-6);
    }
  }
}

TEST_F(PerplexityTest, DocumentsDoNotSeeOneAnother) {
  const auto tokenizer = this->tokenizer(true);
  Perplexity together(*model_, *tokenizer), once(*model_, *tokenizer);
  for (int i = 0; i < 3; ++i) together.add(kText);
  once.add(kText);
  EXPECT_EQ(together.result().documents, 3);
  EXPECT_NEAR(together.result().nats, 3 * once.result().nats, 1e-4 * once.result().nats);
}

TEST_F(PerplexityTest, RefusesWhatItCannotAnswer) {
  const auto tokenizer = this->tokenizer(false);
  const auto error_of = [&](const PerplexityOptions& options, std::string_view document) {
    try {
      Perplexity perplexity(*model_, *tokenizer, options);
      perplexity.add(document);
      perplexity.result();
    } catch (const Error& e) {
      return std::string(e.what());
    }
    return std::string("no error");
  };
  EXPECT_THAT(error_of({.context = 1}, kText), testing::HasSubstr("context: 1 is not between"));
  EXPECT_THAT(error_of({.context = 8, .stride = 8}, kText), testing::HasSubstr("stride: 8"));
  EXPECT_THAT(error_of({}, ""), testing::HasSubstr("no token to predict"));
  EXPECT_THAT(error_of({}, "a"), testing::HasSubstr("no token to predict"));
  EXPECT_THAT(error_of({}, "ab cd"), "no error");
  for (const models::Parameter& p : model_->parameters()) p.var.value().data<float>()[0] = NAN;
  EXPECT_THAT(error_of({}, kText), testing::HasSubstr("hold no number"));
  model_ = make_model(1);
  EXPECT_THAT(error_of({}, kText), testing::HasSubstr("context of 1 token"));
}

}  // namespace
}  // namespace fundi::evals
