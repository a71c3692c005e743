#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/config.h"
#include "base/json.h"
#include "tensor/dtype.h"

namespace fundi::train {

// What to train, in the names of the YAML keys. Where an optional has no value, the objective's own
// convention holds, given as "pretrain | sft".
struct TrainOptions {
  std::string objective = "sft";  // train/objectives/all.cc lists them

  std::filesystem::path model;  // a model directory to start from, or
  std::optional<Json> config;   // the config.json of a fresh one; what is missing of vocab_size,
                                // bos/eos/pad_token_id and max_position_embeddings follows from
                                // the tokenizer and max_length
  std::filesystem::path tokenizer;               // a directory; default: that of `model`
  std::vector<std::filesystem::path> data;       // JSONL
  std::vector<std::filesystem::path> eval_data;  // JSONL, or
  std::filesystem::path sources;  // JSON about where `data` comes from, its licences for one: kept
                                  // with the checkpoints as it is
  double eval_fraction = 0;       // the share of the rows of `data` held out, in [0, 1)
  std::filesystem::path output_dir;

  int64_t per_device_train_batch_size = 1;  // sequences of max_length in one forward pass
  int64_t gradient_accumulation_steps = 1;  // forward passes a step
  int64_t max_length = 1024;                // tokens of a sequence
  bool packing = true;  // sft: several rows share a sequence, unseen by one another
  bool completion_only_loss = true;
  std::string prompt_format =
      "plain";  // plain, chat: how {prompt, completion} strings are laid out

  std::optional<double> learning_rate;  // 3e-4 | 2e-5
  std::string lr_scheduler_type = "cosine";
  std::optional<int64_t> warmup_steps;  // wins over warmup_ratio
  double warmup_ratio = 0.03;           // of all steps
  std::optional<double> min_lr_ratio;   // 0.1 | 0
  std::optional<double> weight_decay;   // 0.1 | 0
  double adam_beta1 = 0.9;
  std::optional<double> adam_beta2;  // 0.95 | 0.999
  double adam_epsilon = 1e-8;
  double max_grad_norm = 1.0;  // 0: no clipping
  // Models with experts: the weight of the auxiliary loss that balances softmax routers, and the
  // step of the correction biases that balance sigmoid ones (DeepSeek-V3). 0: not balanced.
  double router_aux_loss_coef = 0;
  double router_bias_update_rate = 0;
  double num_train_epochs = 1;
  int64_t max_steps = 0;  // 0: by num_train_epochs

  int64_t eval_steps = 0;               // 0: at the end only
  int64_t save_steps = 0;               // 0: at the end only
  int64_t save_total_limit = 2;         // checkpoints kept, the best one besides; 0: all
  bool load_best_model_at_end = false;  // evaluates at each save
  int64_t logging_steps = 10;
  uint64_t seed = 42;
  std::optional<DType> dtype;  // bf16 or f32; default: that of `model`, bf16 for a fresh one
  bool gradient_checkpointing = false;
  // Goes on from the newest complete checkpoint in output_dir, and throws where that came from
  // other settings or data. False: starts over and removes the checkpoints that are there.
  bool resume = true;
  int threads = 0;  // 0: as the process has them

  // The same options with a value in each optional of a number. Throws kInvalidArgument naming the
  // key that is missing, out of range or in conflict with another.
  TrainOptions resolved() const;
  // What determines the weights that come out, without paths: compared on resume.
  Json settings() const;
};

// Reads the keys above; strict. `dtype` is "bf16" or "f32"; `data` and `eval_data` are a path or a
// list. Throws kInvalidArgument. The result is not resolved.
TrainOptions parse_train_options(const Config& config);

}  // namespace fundi::train
