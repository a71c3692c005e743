// Losses and gradients of the objectives, apart from the loop.

#include <cmath>

#include "data/row_encoders.h"
#include "models/directory.h"
#include "ops/head.h"
#include "tests/train/train_testing.h"
#include "train/objectives/all.h"
#include "train/objectives/cross_entropy.h"

namespace fundi::train {
namespace {

class CrossEntropyLoss : public ::testing::Test {
 protected:
  void SetUp() override {
    backends::install_all();
    use_threads(1);
    Json config = Workshop::tiny_config();
    config["model_type"] = "llama";
    config["vocab_size"] = 50;
    config["initializer_range"] = 0.3;
    model_ =
        models::initialize_model(models::ModelConfig::from_json(config, "test"), DType::kF32, 1);
    // Rows of uneven length; of every other one a part is learned only.
    for (int i = 0; i < 9; ++i) {
      data::TokenRow row;
      for (int j = 0; j < 3 + i * 2; ++j) row.tokens.push_back((i * 7 + j * j) % 50);
      row.loss = {{.begin = i % 2 == 0 ? 0 : 2, .end = 3 + i * 2}};
      rows_.append(row);
      items_.push_back({.row = i, .length = 3 + i * 2});
    }
  }

  // Loss and gradients over the bins of `packing`, `size` of them in each forward pass.
  double run(const data::Packing& packing, size_t size, bool checkpoint = false) {
    for (models::Parameter& parameter : model_->parameters()) {
      parameter.var.set_grad(Tensor::zeros(parameter.var.value().shape(), DType::kF32));
    }
    std::vector<int32_t> bins;
    for (int32_t i = 0; i < packing.size(); ++i) bins.push_back(i);
    const double scale = 1.0 / static_cast<double>(count_targets(rows_, packing, bins));
    double loss = 0;
    for (size_t begin = 0; begin < bins.size(); begin += size) {
      const auto part = std::span(bins).subspan(begin, std::min(size, bins.size() - begin));
      ops::Tape tape;
      ops::Context context{stream_, &tape};
      loss += cross_entropy_loss(context, *model_, make_micro_batch(rows_, packing, part), scale,
                                 {.checkpoint_blocks = checkpoint});
      tape.backward();
    }
    return loss;
  }

  std::vector<Tensor> gradients() const {
    std::vector<Tensor> out;
    for (const models::Parameter& parameter : model_->parameters()) {
      out.push_back(parameter.var.grad());
    }
    return out;
  }

  static void expect_near(const std::vector<Tensor>& a, const std::vector<Tensor>& b) {
    ASSERT_EQ(a.size(), b.size());
    for (size_t i = 0; i < a.size(); ++i) {
      double worst = 0, size = 0;
      for (int64_t j = 0; j < a[i].elements(); ++j) {
        worst = std::max(worst, std::abs(double(a[i].data<float>()[j]) - b[i].data<float>()[j]));
        size = std::max(size, std::abs(double(a[i].data<float>()[j])));
      }
      EXPECT_GT(size, 0) << i;
      EXPECT_LT(worst, 2e-5 * size) << i;
    }
  }

  Stream stream_;
  std::unique_ptr<models::Model> model_;
  data::TokenRows rows_;
  std::vector<data::PackItem> items_;
};

// The mean over all learned tokens, from logits of each document by itself.
TEST_F(CrossEntropyLoss, IsTheMeanOverLearnedTokens) {
  double sum = 0;
  int64_t count = 0;
  for (int64_t row = 0; row < rows_.size(); ++row) {
    ops::Context context{stream_};
    const auto tokens = rows_.tokens(row);
    const auto hidden = model_->hidden(context, models::Batch::of_documents({tokens}));
    const Tensor logits = ops::head_logits(context, hidden.value(), model_->head());
    for (int32_t t = std::max(1, rows_.loss(row)[0].begin); t < rows_.loss(row)[0].end; ++t) {
      const float* p = logits.data<float>() + (t - 1) * 50;
      double total = 0;
      for (int v = 0; v < 50; ++v) total += std::exp(double(p[v]));
      sum += std::log(total) - p[tokens[static_cast<size_t>(t)]];
      ++count;
    }
  }
  const auto packing = data::pack_best_fit(items_, 32);
  EXPECT_NEAR(run(packing, 100), sum / static_cast<double>(count), 1e-5);
}

TEST_F(CrossEntropyLoss, AccumulationChangesNothing) {
  const auto packing = data::pack_single(items_, 32);
  const double whole = run(packing, 100);
  const auto expected = gradients();
  for (const size_t size : {1U, 2U, 4U}) {  // 4: the last micro-batch has one row
    EXPECT_NEAR(run(packing, size), whole, 1e-5);
    expect_near(expected, gradients());
  }
}

TEST_F(CrossEntropyLoss, PackingChangesNothing) {
  const double apart = run(data::pack_single(items_, 32), 1);
  const auto expected = gradients();
  EXPECT_NEAR(run(data::pack_best_fit(items_, 32), 2), apart, 1e-5);
  expect_near(expected, gradients());
}

TEST_F(CrossEntropyLoss, RecomputationChangesNoBit) {
  const auto packing = data::pack_single(items_, 32);
  const double plain = run(packing, 3);
  const auto expected = gradients();
  EXPECT_EQ(run(packing, 3, true), plain);
  const auto recomputed = gradients();
  for (size_t i = 0; i < expected.size(); ++i) {
    const auto a = expected[i].span<float>(), b = recomputed[i].span<float>();
    EXPECT_TRUE(std::equal(a.begin(), a.end(), b.begin())) << i;
  }
}

TEST_F(CrossEntropyLoss, AMicroBatchWithoutTargetsIsNothing) {
  data::TokenRow row;
  row.tokens = {1};
  row.loss = {{.begin = 0, .end = 1}};
  rows_.append(row);
  const std::vector<data::PackItem> item{{.row = rows_.size() - 1, .length = 1}};
  const auto packing = data::pack_single(item, 8);
  const std::vector<int32_t> bins{0};
  ops::Tape tape;
  ops::Context context{stream_, &tape};
  EXPECT_EQ(cross_entropy_loss(context, *model_, make_micro_batch(rows_, packing, bins), 1, {}), 0);
  EXPECT_EQ(tape.size(), 0U);
}

TEST(Objectives, AreListed) {
  EXPECT_THAT(objective_names(), ::testing::ElementsAre("pretrain", "sft"));
  EXPECT_EQ(&objective_of("sft"), &kSft);
  EXPECT_THAT(message_of(ErrorCode::kInvalidArgument, [] { objective_of("pretrian"); }),
              ::testing::HasSubstr("did you mean 'pretrain'"));
}

}  // namespace
}  // namespace fundi::train
