// Against transformers and PyTorch: data/ is made by make_fixtures.py.

#include "models/arch/all.h"
#include "ops/head.h"
#include "tests/models/models_testing.h"

namespace fundi::models {
namespace {

class ArchitecturesTest : public ModelsTest, public testing::WithParamInterface<const char*> {
 protected:
  void SetUp() override {
    ModelsTest::SetUp();
    expected_ = expected_of(GetParam());
    documents_ = {ids_of(expected_.tensor("document.0")), ids_of(expected_.tensor("document.1"))};
  }

  std::unique_ptr<Model> trainable() {
    auto model = load_model(case_folder(GetParam()));
    own_weights(*model);
    for (Parameter& p : model->parameters()) {
      if (!p.is_trained) continue;
      p.var.set_grad(Tensor::zeros(p.var.value().shape(), DType::kF32));
    }
    return model;
  }

  // One forward and backward over both documents; the mean loss a target.
  double train_step(Model& model, const ForwardOptions& options = {}) {
    std::vector<std::span<const int32_t>> inputs;
    std::vector<int32_t> targets;
    for (const auto& document : documents_) {
      inputs.push_back(std::span(document).first(document.size() - 1));
      targets.insert(targets.end(), document.begin() + 1, document.end());
    }
    const auto count = int64_t(targets.size());
    const std::vector<float> weights(targets.size(), 1.0f / float(count));
    ops::Tape tape;
    ops::Context context{stream_, &tape};
    const ops::Var hidden = model.hidden(context, Batch::of_documents(inputs), options);
    const Tensor log_probs = ops::head_loss(
        context, hidden, model.head(), Tensor::from(std::span<const int32_t>(targets), {count}),
        Tensor::from(std::span<const float>(weights), {count}));
    tape.backward();
    double loss = 0;
    for (const float log_prob : log_probs.span<float>()) loss -= double(log_prob) / double(count);
    return loss;
  }

  formats::SafetensorsFile expected_;
  std::vector<std::vector<int32_t>> documents_;
};

TEST_P(ArchitecturesTest, LogitsAreThoseOfTransformers) {
  const auto model = load_model(case_folder(GetParam()));
  for (const std::string i : {"0", "1"}) {
    const Tensor expected = expected_.tensor("logits." + i);
    EXPECT_LE(relative_error(logits(*model, {documents_[i == "1"]}), expected), 1e-5);
  }
}

TEST_P(ArchitecturesTest, PackedDocumentsDoNotSeeEachOther) {
  const auto model = load_model(case_folder(GetParam()));
  const Tensor packed = logits(*model, documents_);
  const auto first = int64_t(documents_[0].size()), second = int64_t(documents_[1].size());
  EXPECT_LE(relative_error(packed.rows(0, first), expected_.tensor("logits.0")), 1e-5);
  EXPECT_LE(relative_error(packed.rows(first, second), expected_.tensor("logits.1")), 1e-5);
}

TEST_P(ArchitecturesTest, LossAndGradientsAreThoseOfPyTorch) {
  const auto model = trainable();
  const double loss = train_step(*model);
  EXPECT_NEAR(loss / double(expected_.tensor("loss").data<float>()[0]), 1.0, 1e-5);
  size_t gradients = 0;
  for (const Parameter& p : model->parameters()) {
    SCOPED_TRACE(p.name);
    if (!p.is_trained) continue;
    EXPECT_LE(relative_error(p.var.grad(), expected_.tensor("grad." + p.name)), 1e-5);
    ++gradients;
  }
  for (const std::string& name : expected_.names()) gradients -= name.starts_with("grad.");
  EXPECT_EQ(gradients, 0U) << "a parameter of transformers is not one of ours, or the reverse";
}

class OptimizerTest : public ArchitecturesTest {};

TEST_P(OptimizerTest, FiveAdamWStepsAreThoseOfPyTorch) {
  const auto model = trainable();
  std::vector<std::pair<Tensor, Tensor>> moments;
  for (const Parameter& p : model->parameters()) {
    const Shape shape = p.var.value().shape();
    moments.emplace_back(Tensor::zeros(shape, DType::kF32), Tensor::zeros(shape, DType::kF32));
  }
  for (int64_t step = 1; step <= 5; ++step) {
    train_step(*model);
    double squares = 0;
    const Tensor out({1}, DType::kF32);
    for (const Parameter& p : model->parameters()) {
      ops::squared_norm({.x = p.var.grad(), .out = out}, stream_);
      squares += double(out.data<float>()[0]);
    }
    const double scale = std::min(1.0, 1.0 / (std::sqrt(squares) + 1e-6));
    for (size_t i = 0; i < moments.size(); ++i) {
      const ops::Var& var = model->parameters()[i].var;
      ops::adamw({.master = var.value(),
                  .m = moments[i].first,
                  .v = moments[i].second,
                  .grad = var.grad(),
                  .param = {},
                  .learning_rate = 1e-2f,
                  .beta1 = 0.9f,
                  .beta2 = 0.95f,
                  .eps = 1e-8f,
                  .weight_decay = 0.1f,
                  .grad_scale = float(scale),
                  .step = step},
                 stream_);
    }
  }
  for (const Parameter& p : model->parameters()) {
    SCOPED_TRACE(p.name);
    // Adam divides by the size of the gradient: of one near zero, rounding is what is left.
    EXPECT_LE(relative_error(p.var.value(), expected_.tensor("step5." + p.name)), 3e-4);
  }
}

INSTANTIATE_TEST_SUITE_P(Llama, OptimizerTest, testing::Values("untied", "tied", "bias"),
                         [](const auto& test) { return std::string(test.param); });

class BalanceTest : public ArchitecturesTest {};

TEST_P(BalanceTest, AuxiliaryLossIsThatOfTransformers) {
  for (const bool checkpoint : {false, true}) {
    const auto model = trainable();
    const auto routing = std::make_shared<RoutingStatistics>();
    routing->balance_coefficient = 0.3;
    train_step(*model, {.checkpoint_blocks = checkpoint, .routing = routing});
    EXPECT_NEAR(balance_loss(*routing) / double(expected_.tensor("balance.loss").data<float>()[0]),
                1.0, 1e-5);
    int compared = 0;
    for (const Parameter& p : model->parameters()) {
      if (!expected_.has("balance." + p.name)) continue;
      EXPECT_LE(relative_error(p.var.grad(), expected_.tensor("balance." + p.name)), 1e-4)
          << p.name;
      ++compared;
    }
    EXPECT_GT(compared, 0);
  }
}

INSTANTIATE_TEST_SUITE_P(Experts, BalanceTest, testing::Values("qwen3_moe", "qwen3_moe_step"),
                         [](const auto& test) { return std::string(test.param); });

TEST_P(ArchitecturesTest, CheckpointedBlocksGiveTheSameBits) {
  const auto plain = trainable(), checkpointed = trainable();
  EXPECT_EQ(train_step(*plain), train_step(*checkpointed, {.checkpoint_blocks = true}));
  for (size_t i = 0; i < plain->parameters().size(); ++i) {
    const Parameter &a = plain->parameters()[i], &b = checkpointed->parameters()[i];
    if (!a.is_trained) continue;
    EXPECT_TRUE(same_bits(a.var.grad(), b.var.grad())) << a.name;
  }
}

TEST_P(ArchitecturesTest, DecodingWithACacheIsTheFullForwardPass) {
  const auto model = load_model(case_folder(GetParam()));
  // Both documents in one batch: the first a token at a time, the second in uneven pieces; the
  // cache of one row has to grow.
  std::vector<KvCache> caches;
  for (int i = 0; i < 2; ++i) caches.emplace_back(model->kv_layout(), model->dtype(), 1);
  const std::vector<size_t> pieces{0, 3, 0, 1, 0, 2};
  size_t second = 0;
  for (size_t i = 0; i < documents_[0].size(); ++i) {
    const size_t piece = i < pieces.size() ? pieces[i] : 0;
    std::vector<std::span<const int32_t>> tokens{std::span(documents_[0]).subspan(i, 1)};
    std::vector<KvCache*> used{&caches[0]};
    if (piece > 0) {
      tokens.push_back(std::span(documents_[1]).subspan(second, piece));
      used.push_back(&caches[1]);
    }
    const Tensor got = logits(*model, Batch::continuing(tokens, used));
    const auto row = [&](const char* name, size_t at, size_t count) {
      return expected_.tensor(name).rows(int64_t(at), int64_t(count));
    };
    EXPECT_LE(relative_error(got.rows(0, 1), row("logits.0", i, 1)), 1e-5) << i;
    if (piece > 0) {
      EXPECT_LE(relative_error(got.rows(1, int64_t(piece)), row("logits.1", second, piece)), 1e-5);
    }
    second += piece;
  }
  ASSERT_EQ(second, documents_[1].size());
  EXPECT_EQ(caches[0].length(), int64_t(documents_[0].size()));

  // Back to an earlier point, and on with another token: as if the rest had never been.
  caches[0].truncate(4);
  std::vector<int32_t> other(documents_[0].begin(), documents_[0].begin() + 4);
  other.push_back(50);
  const Tensor got = logits(*model, Batch::continuing({std::span(other).subspan(4)}, {&caches[0]}));
  EXPECT_LE(relative_error(got, logits(*model, {other}).rows(4, 1)), 1e-5);
}

TEST_P(ArchitecturesTest, Bf16IsNear) {
  // Eight bits of mantissa, two or three layers: 6 % of the largest logit.
  const auto model = load_model(case_folder(GetParam()), DType::kBF16);
  EXPECT_EQ(model->dtype(), DType::kBF16);
  EXPECT_LE(relative_error(logits(*model, {documents_[0]}), expected_.tensor("logits.0")), 6e-2);
}

TEST_P(ArchitecturesTest, GreedyTokensAreThoseOfTransformers) {
  const auto model = load_model(case_folder(GetParam()));
  for (const std::string i : {"0", "1", "2"}) {
    std::vector<int32_t> tokens = ids_of(expected_.tensor("prompt." + i)), generated;
    KvCache cache(model->kv_layout(), model->dtype());
    while (generated.size() < 20) {
      const auto fresh = std::span<const int32_t>(tokens).subspan(size_t(cache.length()));
      const Tensor all = logits(*model, Batch::continuing({fresh}, {&cache}));
      const auto last = all.rows(all.dim(0) - 1, 1).span<float>();
      generated.push_back(int32_t(std::max_element(last.begin(), last.end()) - last.begin()));
      tokens.push_back(generated.back());
    }
    EXPECT_EQ(generated, ids_of(expected_.tensor("greedy." + i)));
  }
}

INSTANTIATE_TEST_SUITE_P(Checkpoints, ArchitecturesTest, testing::ValuesIn(kCases),
                         [](const auto& test) { return std::string(test.param); });

}  // namespace
}  // namespace fundi::models
