// Gemma-3-270M Q4_K_M beside llama.cpp (make_gemma_reference.py). Neither file is committed:
// FUNDI_GEMMA_GGUF names the model and FUNDI_SWAHILI_NEWS the texts for the perplexity; a test
// whose file is not there is skipped.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>

#include "backends/all.h"
#include "base/files.h"
#include "base/hash.h"
#include "base/json.h"
#include "evals/perplexity.h"
#include "models/directory.h"
#include "ops/head.h"

namespace fundi::evals {
namespace {

std::string file_of(const char* variable) {
  const char* file = std::getenv(variable);
  return file == nullptr ? "" : file;
}

class GemmaTest : public testing::Test {
 protected:
  void SetUp() override {
    backends::install_all();
    const std::string file = file_of("FUNDI_GEMMA_GGUF");
    if (file.empty()) GTEST_SKIP() << "FUNDI_GEMMA_GGUF names no gemma-3-270m-q4_k_m.gguf";
    reference_ = Json::parse(read_file(fs::path(FUNDI_TEST_DATA) / "gemma_270m.json"));
    ASSERT_EQ(sha256_path(file), reference_["model_sha256"].get<std::string>());
    model_ = models::load_model(file);
    tokenizer_ = models::load_tokenizer(file);
  }

  // Of every token of a text, [N,V] f32.
  Tensor logits(models::Model& model, const std::vector<int32_t>& tokens) {
    ops::Context context{stream_};
    const Tensor hidden = model.hidden(context, models::Batch::of_documents({tokens})).value();
    return ops::head_logits(context, hidden, model.head());
  }

  Stream stream_;
  Json reference_;
  std::unique_ptr<models::Model> model_;
  std::shared_ptr<const text::Tokenizer> tokenizer_;
};

// llama.cpp chose each token as the best after those before it: so must fundi, given the same ones.
TEST_F(GemmaTest, GreedyTokensAreThoseOfLlamaCpp) {
  // llama.cpp rounds activations to 8 bits with one scale for 256 of them, which moves each of its
  // logits by rms_error or so. Where its best two are not much further apart, the choice is
  // rounding's.
  const double near_tie = 4 * reference_["rms_error"].get<double>();
  size_t tokens = 0, ties = 0;
  for (const Json& row : reference_["greedy"]) {
    const auto prompt = row["prompt"].get<std::string>();
    auto text = row["ids"].get<std::vector<int32_t>>();
    EXPECT_EQ(tokenizer_->encode(prompt, true), text) << prompt;
    const auto expected = row["tokens"].get<std::vector<int32_t>>();
    const auto first = static_cast<int64_t>(text.size()) - 1;
    text.insert(text.end(), expected.begin(), expected.end());
    const Tensor all = logits(*model_, text);
    for (size_t i = 0; i < expected.size(); ++i) {
      const auto values = all.rows(first + static_cast<int64_t>(i), 1).span<float>();
      const auto best = std::max_element(values.begin(), values.end()) - values.begin();
      ++tokens;
      if (best == expected[i]) continue;
      ++ties;
      const auto margin = row["margins"][i].get<double>();
      EXPECT_LT(margin, near_tie) << prompt << ", token " << i;
      std::printf("near tie: token %zu after \"%s\", %.4f between the best two\n", i,
                  prompt.c_str(), margin);
    }
  }
  std::printf("%zu of %zu tokens are equal\n", tokens - ties, tokens);
}

TEST_F(GemmaTest, LogitsAreNearerToExactOnesThanThoseOfLlamaCpp) {
  const auto exact = models::load_model(file_of("FUNDI_GEMMA_GGUF"), DType::kF32);
  double squares = 0;
  int64_t count = 0;
  for (const Json& row : reference_["greedy"]) {
    auto text = row["ids"].get<std::vector<int32_t>>();
    const auto more = row["tokens"].get<std::vector<int32_t>>();
    text.insert(text.end(), more.begin(), more.end());
    const Tensor a = logits(*model_, text), b = logits(*exact, text);
    for (int64_t i = 0; i < a.elements(); ++i) {
      const double error = double(a.data<float>()[i]) - b.data<float>()[i];
      squares += error * error;
    }
    count += a.elements();
  }
  const double rms = std::sqrt(squares / double(count));
  std::printf("rms error of logits %.4f, llama.cpp %.4f\n", rms,
              reference_["rms_error"].get<double>());
  EXPECT_LT(rms, reference_["rms_error"].get<double>());
}

// The column "text", the third, of the first rows.
std::vector<std::string> news(const std::string& file, size_t count) {
  std::vector<std::string> texts;
  const std::string rows = read_file(file);
  for (size_t begin = rows.find('\n') + 1; texts.size() < count;) {
    const size_t end = rows.find('\n', begin);
    size_t cell = begin;
    for (int i = 0; i < 2; ++i) cell = rows.find('\t', cell) + 1;
    texts.push_back(rows.substr(cell, rows.find('\t', cell) - cell));
    begin = end + 1;
  }
  return texts;
}

TEST_F(GemmaTest, PerplexityIsThatOfLlamaCpp) {
  const std::string file = file_of("FUNDI_SWAHILI_NEWS");
  if (file.empty()) GTEST_SKIP() << "FUNDI_SWAHILI_NEWS names no dev.tsv of MasakhaNEWS";
  ASSERT_EQ(sha256_path(file), reference_["news_sha256"].get<std::string>());
  const auto context = reference_["context"].get<int64_t>();
  Perplexity perplexity(*model_, *tokenizer_, {.context = context, .stride = context - 1});
  for (const std::string& text : news(file, reference_["documents"].get<size_t>())) {
    perplexity.add(text);
  }
  const PerplexityResult result = perplexity.result();
  ASSERT_EQ(result.tokens, reference_["tokens"].get<int64_t>());
  const auto of_nats = [&](const char* key) {
    return std::exp(reference_[key].get<double>() / double(result.tokens));
  };
  const double exact = of_nats("exact_nats"), theirs = of_nats("nats");
  std::printf("perplexity %.4f, llama.cpp %.4f, f32 arithmetic %.4f\n", result.perplexity(), theirs,
              exact);
  EXPECT_NEAR(result.perplexity(), exact, 0.005 * exact);
  EXPECT_LT(result.perplexity(), 1.005 * theirs);
}

}  // namespace
}  // namespace fundi::evals
