#include "train/options.h"

#include "tests/train/train_testing.h"

namespace fundi::train {
namespace {

using ::testing::HasSubstr;

TrainOptions parse(const std::string& yaml) {
  return parse_train_options(Config::parse_yaml(yaml, "r.yaml"));
}

const std::string kBase = "objective: sft\nmodel: m\ndata: d.jsonl\noutput_dir: out\n";

std::string fails(const std::string& more) {
  return message_of(ErrorCode::kInvalidArgument, [&] { parse(kBase + more).resolved(); });
}

TEST(TrainOptions, ReadsEveryKey) {
  const TrainOptions o = parse(R"(
objective: pretrain
config: {hidden_size: 64}
tokenizer: tok
data: [a.jsonl, b.jsonl]
eval_data: e.jsonl
output_dir: out
per_device_train_batch_size: 3
gradient_accumulation_steps: 4
max_length: 128
packing: false
completion_only_loss: false
prompt_format: chat
learning_rate: 1e-3
lr_scheduler_type: wsd
warmup_steps: 7
warmup_ratio: 0.1
min_lr_ratio: 0.2
weight_decay: 0.3
adam_beta1: 0.8
adam_beta2: 0.9
adam_epsilon: 1e-6
max_grad_norm: 0.5
num_train_epochs: 1.5
max_steps: 9
eval_steps: 2
save_steps: 3
save_total_limit: 4
load_best_model_at_end: true
logging_steps: 5
seed: 6
dtype: f32
gradient_checkpointing: true
resume: false
threads: 2
)")
                             .resolved();
  EXPECT_EQ(o.config->at("hidden_size"), 64);
  EXPECT_EQ(o.data.size(), 2U);
  EXPECT_EQ(o.eval_data, std::vector<fs::path>{"e.jsonl"});
  EXPECT_EQ(o.per_device_train_batch_size * o.gradient_accumulation_steps, 12);
  EXPECT_FALSE(o.packing || o.completion_only_loss || o.resume);
  EXPECT_TRUE(o.load_best_model_at_end && o.gradient_checkpointing);
  EXPECT_EQ(o.prompt_format, "chat");
  EXPECT_EQ(o.lr_scheduler_type, "wsd");
  EXPECT_EQ(o.warmup_steps, 7);
  EXPECT_EQ(o.learning_rate, 1e-3);
  EXPECT_EQ(o.min_lr_ratio, 0.2);
  EXPECT_EQ(o.weight_decay, 0.3);
  EXPECT_EQ(o.adam_beta2, 0.9);
  EXPECT_EQ(o.num_train_epochs, 1.5);
  EXPECT_EQ(o.dtype, DType::kF32);
  EXPECT_EQ(o.threads, 2);
  EXPECT_EQ(o.seed, 6U);
}

TEST(TrainOptions, ConventionsFollowTheObjective) {
  const TrainOptions sft = parse(kBase).resolved();
  EXPECT_EQ(sft.weight_decay, 0.0);
  EXPECT_EQ(sft.adam_beta2, 0.999);
  EXPECT_EQ(sft.tokenizer, "m");
  const TrainOptions pretrain =
      parse("objective: pretrain\nmodel: m\ndata: d\noutput_dir: o\n").resolved();
  EXPECT_EQ(pretrain.weight_decay, 0.1);
  EXPECT_EQ(pretrain.adam_beta2, 0.95);
  EXPECT_EQ(pretrain.min_lr_ratio, 0.1);
}

TEST(TrainOptions, NullIsAbsent) {
  EXPECT_FALSE(parse(kBase + "dtype: ~\nconfig: ~\neval_data: ~\nwarmup_steps: ~\n").dtype);
}

TEST(TrainOptions, ExampleRecipesAreValid) {
  for (const char* name : {"pretrain.yaml", "sft.yaml"}) {
    const fs::path path = fs::path(FUNDI_SOURCE_DIR) / "recipes" / name;
    EXPECT_NO_THROW(parse_train_options(Config::load_yaml(path)).resolved()) << path;
  }
}

TEST(TrainOptions, FaultsNameTheKey) {
  EXPECT_THAT(fails("lerning_rate: 1"), HasSubstr("did you mean 'learning_rate'"));
  EXPECT_THAT(fails("learning_rate: fast"), HasSubstr("r.yaml: learning_rate"));
  EXPECT_THAT(fails("learning_rate: -1"), HasSubstr("learning_rate: must be from"));
  EXPECT_THAT(fails("learning_rate: .nan"), HasSubstr("learning_rate"));
  EXPECT_THAT(fails("per_device_train_batch_size: 0"), HasSubstr("per_device_train_batch_size"));
  EXPECT_THAT(fails("max_length: 1"), HasSubstr("max_length"));
  EXPECT_THAT(fails("logging_steps: 0"), HasSubstr("logging_steps"));
  EXPECT_THAT(fails("seed: -1"), HasSubstr("seed"));
  EXPECT_THAT(fails("dtype: fp8"), HasSubstr("dtype"));
  EXPECT_THAT(fails("lr_scheduler_type: cosin"), HasSubstr("did you mean 'cosine'"));
  EXPECT_THAT(fails("eval_steps: 5"), HasSubstr("eval_steps: needs"));
  EXPECT_THAT(fails("load_best_model_at_end: true"), HasSubstr("load_best_model_at_end: needs"));
  EXPECT_THAT(fails("eval_data: e\neval_fraction: 0.1"), HasSubstr("not both"));
  EXPECT_THAT(fails("config: {hidden_size: 8}"), HasSubstr("either 'model'"));
  EXPECT_THAT(fails("config: 3"), HasSubstr("config"));
  EXPECT_THAT(message_of(ErrorCode::kInvalidArgument, [] { parse("objective: stf"); }),
              HasSubstr("did you mean 'sft'"));
  EXPECT_THAT(message_of(ErrorCode::kInvalidArgument,
                         [] { parse("objective: sft\nmodel: m\noutput_dir: o").resolved(); }),
              HasSubstr("data: is missing"));
}

}  // namespace
}  // namespace fundi::train
