// Whole trainings of a tiny model.

#include "train/train.h"

#include <cmath>
#include <limits>

#include "base/folder_lock.h"
#include "formats/safetensors.h"
#include "models/directory.h"
#include "tests/train/train_testing.h"

namespace fundi::train {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class Train : public ::testing::Test {
 protected:
  void SetUp() override {
    backends::install_all();
    use_threads(1);
  }

  // Loss and gradient norm of each step.
  static std::vector<std::pair<double, double>> curve(const TrainResult& result) {
    std::vector<std::pair<double, double>> out;
    for (const Json& line : read_lines(result.metrics)) {
      if (line.contains("loss")) out.emplace_back(line.at("loss"), line.at("grad_norm"));
    }
    return out;
  }

  std::string fails(const TrainOptions& options,
                    ErrorCode code = ErrorCode::kInvalidArgument) const {
    return message_of(code, [&] { train(options); });
  }

  Workshop shop_{"train"};
};

TEST_F(Train, LearnsAFewPairsByHeart) {
  for (const auto dtype : {DType::kF32, DType::kBF16}) {
    TrainOptions options = shop_.options("sft", shop_.pairs(6), "out" + std::string(name(dtype)));
    options.dtype = dtype;
    options.num_train_epochs = 150;
    options.logging_steps = 50;
    const TrainResult result = train(options);
    EXPECT_LT(result.final_loss, 0.1) << name(dtype);
    EXPECT_EQ(result.steps, read_lines(result.metrics).back().at("step"));
  }
}

TEST_F(Train, PretrainsAndWritesAModelDirectory) {
  TrainOptions options = shop_.options("pretrain", shop_.texts(40), "out");
  options.dtype.reset();  // bf16
  options.eval_fraction = 0.1;
  options.per_device_train_batch_size = 2;
  options.num_train_epochs = 6;
  options.eval_steps = 5;
  const TrainResult result = train(options);
  const auto lines = read_lines(result.metrics);
  EXPECT_LT(result.final_loss, 0.6 * lines.front().at("loss").get<double>());
  ASSERT_TRUE(result.eval_loss.has_value());
  EXPECT_EQ(*result.eval_loss, lines.back().at("eval_loss").get<double>());
  EXPECT_EQ(lines[lines.size() - 2].at("num_tokens"), result.tokens);
  EXPECT_DOUBLE_EQ(lines.back().at("epoch").get<double>(), 6.0);

  const auto model = models::load_model(result.model);
  const auto tokenizer = text::Tokenizer::load(result.model);
  EXPECT_EQ(model->dtype(), DType::kBF16);
  EXPECT_EQ(model->config().vocab_size, tokenizer->vocab_size());
  EXPECT_EQ(model->config().eos_token_ids, std::vector<int64_t>{*tokenizer->eos_id()});
  EXPECT_FALSE(fs::exists(result.model / "optimizer.safetensors"));
}

TEST_F(Train, AccumulationEqualsABigBatch) {
  std::vector<std::vector<std::pair<double, double>>> curves;
  for (const int64_t size : {6, 3, 1}) {
    TrainOptions options = shop_.options("sft", shop_.pairs(14), "batch" + std::to_string(size));
    options.packing = false;
    options.per_device_train_batch_size = size;
    options.gradient_accumulation_steps = 6 / size;
    options.learning_rate = 1e-3;
    curves.push_back(curve(train(options)));
  }
  ASSERT_EQ(curves[0].size(), 3U);  // 6 + 6 + 2 rows
  for (size_t i = 0; i < 3; ++i) {
    for (const auto& other : {curves[1], curves[2]}) {
      EXPECT_NEAR(curves[0][i].first, other[i].first, 1e-5 * curves[0][i].first);
      EXPECT_NEAR(curves[0][i].second, other[i].second, 1e-4 * curves[0][i].second);
    }
  }
}

TEST_F(Train, GradientCheckpointingChangesNoBit) {
  TrainOptions options = shop_.options("pretrain", shop_.texts(10), "plain");
  options.max_steps = 4;
  const std::string plain = weights_of(train(options).model);
  options.output_dir = shop_.folder() / "recomputed";
  options.gradient_checkpointing = true;
  EXPECT_EQ(weights_of(train(options).model), plain);
}

TEST_F(Train, FineTunesAModelDirectory) {
  TrainOptions first = shop_.options("pretrain", shop_.texts(10), "base");
  first.max_steps = 2;
  const fs::path base = train(first).model;
  const std::string before = weights_of(base);

  TrainOptions options = shop_.options("sft", shop_.pairs(8), "tuned");
  options.config.reset();
  options.tokenizer.clear();
  options.dtype.reset();
  options.model = base;
  options.max_steps = 3;
  options.prompt_format = "chat";
  const TrainResult result = train(options);
  EXPECT_EQ(weights_of(base), before);
  EXPECT_NE(weights_of(result.model), before);
  // Generation stops where a turn ends, too.
  const auto tokenizer = text::Tokenizer::load(result.model);
  EXPECT_THAT(models::load_model(result.model)->config().eos_token_ids,
              ElementsAre(*tokenizer->eos_id(), *tokenizer->token_id("<|im_end|>")));
}

TEST_F(Train, LearningRateZeroLeavesTheModelAlone) {
  TrainOptions options = shop_.options("pretrain", shop_.texts(10), "out");
  options.dtype = DType::kBF16;
  options.learning_rate = 0;
  options.max_steps = 1;
  const TrainResult once = train(options);
  options.output_dir = shop_.folder() / "longer";
  options.max_steps = 5;
  EXPECT_EQ(weights_of(once.model), weights_of(train(options).model));
}

TEST_F(Train, SaveTotalLimitKeepsTheNewest) {
  TrainOptions options = shop_.options("pretrain", shop_.texts(10), "out");
  options.max_steps = 5;
  options.save_steps = 2;
  options.save_total_limit = 2;
  train(options);
  EXPECT_THAT(checkpoints_in(options.output_dir), ElementsAre("checkpoint-4", "checkpoint-5"));
}

TEST_F(Train, TheBestCheckpointIsKeptAndPublished) {
  TrainOptions options = shop_.options("sft", shop_.pairs(12), "out");
  options.eval_data = {shop_.write(
      "eval.jsonl", "{\"prompt\": \"Neno la 4?\", \"completion\": \" something else\"}\n")};
  options.max_steps = 24;  // overfits the pairs long before
  options.learning_rate = 3e-2;
  options.save_steps = 4;
  options.save_total_limit = 1;
  options.load_best_model_at_end = true;
  const TrainResult result = train(options);
  double best = 1e9;
  int64_t best_step = 0;
  for (const Json& line : read_lines(result.metrics)) {
    if (!line.contains("eval_loss") || line.at("eval_loss").get<double>() >= best) continue;
    best = line.at("eval_loss");
    best_step = line.at("step");
  }
  ASSERT_LT(best_step, 24);
  EXPECT_EQ(result.eval_loss, best);
  const std::string name = "checkpoint-" + std::to_string(best_step);
  EXPECT_THAT(checkpoints_in(options.output_dir),
              ::testing::UnorderedElementsAre(name, "checkpoint-24"));
  EXPECT_EQ(weights_of(result.model), weights_of(options.output_dir / name));
}

TEST_F(Train, NanStopsNamingStepAndCheckpoint) {
  TrainOptions options = shop_.options("pretrain", shop_.texts(10), "base");
  options.max_steps = 1;
  const fs::path base = train(options).model;
  const auto model = models::load_model(base);
  std::vector<formats::NamedTensor> tensors;
  for (const models::Parameter& parameter : model->parameters()) {
    tensors.push_back({parameter.name, parameter.var.value().to_f32()});
  }
  tensors.back().tensor.data<float>()[0] = std::numeric_limits<float>::quiet_NaN();
  formats::write_safetensors(base / "model.safetensors", tensors);
  options.config.reset();
  options.model = base;
  options.output_dir = shop_.folder() / "out";
  EXPECT_THAT(fails(options, ErrorCode::kDiverged),
              AllOf(HasSubstr("step 1: the loss is nan"), HasSubstr("none yet")));
  EXPECT_THAT(checkpoints_in(options.output_dir), ElementsAre());
}

TEST_F(Train, DivergenceLeavesTheLastGoodCheckpoint) {
  TrainOptions options = shop_.options("pretrain", shop_.texts(10), "out");
  options.learning_rate = 1e6;
  options.max_grad_norm = 0;
  options.lr_scheduler_type = "constant";
  options.max_steps = 20;
  options.save_steps = 1;
  options.warmup_steps = 100;
  const std::string message = fails(options, ErrorCode::kDiverged);
  const auto left = checkpoints_in(options.output_dir);
  ASSERT_FALSE(left.empty());
  EXPECT_THAT(message, HasSubstr("checkpoint-"));
}

TEST_F(Train, SecondTrainingIntoTheSameFolderIsRefused) {
  TrainOptions options = shop_.options("pretrain", shop_.texts(4), "out");
  const FolderLock lock(options.output_dir, "output_dir");
  EXPECT_THAT(
      fails(options, ErrorCode::kUnavailable),
      HasSubstr("another fundi works in this folder; wait for it, or choose another output_dir"));
}

TEST_F(Train, OneRowIsEnough) {
  TrainOptions options = shop_.options("sft", shop_.pairs(1), "out");
  options.per_device_train_batch_size = 8;
  EXPECT_EQ(train(options).steps, 1);
}

TEST_F(Train, LongRowsAreCutAndCounted) {
  const std::string tail(200, 'z');
  TrainOptions options = shop_.options(
      "sft",
      shop_.write("long.jsonl", dump_json({{"prompt", "a"}, {"completion", tail}}) + "\n" +
                                    dump_json({{"prompt", "a"}, {"completion", "b"}}) + "\n"),
      "out");
  EXPECT_EQ(train(options).truncated_rows, 1);
}

TEST_F(Train, FaultsOfTheData) {
  const auto with = [&](const std::string& objective, const std::string& lines) {
    return fails(shop_.options(objective, shop_.write("bad.jsonl", lines), "out"));
  };
  EXPECT_THAT(with("pretrain", ""), HasSubstr("bad.jsonl: no row to train on"));
  EXPECT_THAT(with("pretrain", "{\"text\": \"\"}\n"), HasSubstr("no row to train on"));
  EXPECT_THAT(with("pretrain", "{\"text\": \"a\"}\n{\"text\": 3}\n"),
              HasSubstr("bad.jsonl:2: 'text' must be a string"));
  EXPECT_THAT(with("sft", "{\"prompt\": \"" + std::string(100, 'q') + "\", \"completion\": \"a\"}"),
              HasSubstr("bad.jsonl:1: cut to max_length 64"));
  TrainOptions options = shop_.options("sft", shop_.pairs(1), "out");
  options.eval_fraction = 0.5;
  EXPECT_THAT(fails(options), HasSubstr("eval_fraction"));
  options.eval_fraction = 0;
  options.data = {"/nowhere.jsonl"};
  EXPECT_THAT(fails(options, ErrorCode::kNotFound), HasSubstr("/nowhere.jsonl"));
}

TEST_F(Train, FaultsOfTheModel) {
  TrainOptions options = shop_.options("sft", shop_.pairs(2), "out");
  (*options.config)["vocab_size"] = 100;
  EXPECT_THAT(fails(options), HasSubstr("vocab_size is 100"));
  options.config = Workshop::tiny_config();
  (*options.config)["max_position_embeddings"] = 32;
  EXPECT_THAT(fails(options), HasSubstr("max_length: 64 is beyond"));
  options.config = Workshop::tiny_config();
  options.config->erase("hidden_size");
  EXPECT_THAT(fails(options), HasSubstr("config: 'hidden_size' is missing"));
}

}  // namespace
}  // namespace fundi::train
