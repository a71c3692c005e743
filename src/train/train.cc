#include "train/train.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/files.h"
#include "base/parallel.h"
#include "models/directory.h"
#include "text/tokenizer.h"
#include "train/checkpoint.h"
#include "train/dataset.h"
#include "train/loop.h"
#include "train/objectives/all.h"
#include "train/output_lock.h"

namespace fundi::train {
namespace {

// Restores the thread count that the process had.
class ThreadCount {
 public:
  explicit ThreadCount(int threads) : before_(thread_count()) {
    if (threads > 0) set_thread_count(threads);
  }
  ~ThreadCount() { set_thread_count(before_); }
  ThreadCount(const ThreadCount&) = delete;
  ThreadCount& operator=(const ThreadCount&) = delete;

 private:
  int before_;
};

void set_default(Json& json, const char* key, const Json& value) {
  if (!json.contains(key)) json[key] = value;
}

// The config of a fresh model, with what follows from the tokenizer and the sequences filled in.
models::ModelConfig fresh_config(const TrainOptions& options, const text::Tokenizer& tokenizer) {
  Json json = *options.config;
  set_default(json, "model_type", "llama");
  set_default(json, "vocab_size", tokenizer.vocab_size());
  set_default(json, "max_position_embeddings", options.max_length);
  if (tokenizer.bos_id()) set_default(json, "bos_token_id", *tokenizer.bos_id());
  if (tokenizer.eos_id()) set_default(json, "eos_token_id", *tokenizer.eos_id());
  if (tokenizer.pad_id()) set_default(json, "pad_token_id", *tokenizer.pad_id());
  return models::ModelConfig::from_json(json, "config");
}

std::unique_ptr<models::Model> starting_model(const TrainOptions& options,
                                              const text::Tokenizer& tokenizer) {
  if (options.config) {
    return models::initialize_model(fresh_config(options, tokenizer),
                                    options.dtype.value_or(DType::kBF16), options.seed);
  }
  return models::load_model(options.model, options.dtype);
}

void check_model(const TrainOptions& options, const models::Model& model,
                 const text::Tokenizer& tokenizer) {
  const models::ModelConfig& config = model.config();
  if (tokenizer.vocab_size() > config.vocab_size) {
    fail(ErrorCode::kInvalidArgument,
         "{}: the tokenizer has {} tokens, the model's vocabulary {}; they do not belong together",
         options.tokenizer.string(), tokenizer.vocab_size(), config.vocab_size);
  }
  if (options.max_length > config.max_position_embeddings) {
    fail(ErrorCode::kInvalidArgument, "max_length: {} is beyond the model's context of {}",
         options.max_length, config.max_position_embeddings);
  }
}

// Where generation stops: the tokenizer's end of text, and the end of a turn where rows are chats.
std::vector<int64_t> stop_ids(const TrainOptions& options, const text::Tokenizer& tokenizer) {
  std::vector<int64_t> ids;
  if (tokenizer.eos_id()) ids.push_back(*tokenizer.eos_id());
  if (options.prompt_format == "chat") {
    if (const auto end = tokenizer.token_id("<|im_end|>")) ids.push_back(*end);
  }
  return ids;
}

TrainerState fresh_state(const TrainOptions& options, const Dataset& dataset) {
  TrainerState state;
  state.settings = options.settings();
  state.settings["data"] = fmt::format("{:016x}", dataset.fingerprint);
  return state;
}

// The first setting in which two runs differ.
std::string difference(const Json& before, const Json& now) {
  for (const auto& [key, value] : now.items()) {
    if (!before.contains(key) || before[key] != value) return key;
  }
  for (const auto& [key, value] : before.items()) {
    if (!now.contains(key)) return key;
  }
  return "";
}

// The state to go on from: that of the newest checkpoint, or `fresh`.
TrainerState resume_state(const TrainOptions& options, const Checkpoints& checkpoints,
                          TrainerState fresh) {
  if (!options.resume) {
    checkpoints.remove_all();
    return fresh;
  }
  const auto newest = checkpoints.newest();
  if (!newest) return fresh;
  TrainerState state = checkpoints.state(*newest);
  const std::string key = difference(state.settings, fresh.settings);
  if (!key.empty()) {
    fail(ErrorCode::kInvalidArgument,
         "{}: was made with another '{}'; set resume: false to start over, or choose another "
         "output_dir",
         checkpoints.path(*newest).string(), key);
  }
  spdlog::info("resuming from {}", checkpoints.path(*newest).string());
  return state;
}

TrainResult result_of(const TrainOptions& options, const TrainerState& state,
                      const Dataset& dataset) {
  const bool best = options.load_best_model_at_end && state.best_loss.has_value();
  return {.model = options.output_dir,
          .steps = state.step,
          .tokens = state.tokens,
          .seconds = state.seconds,
          .final_loss = state.loss.value_or(0),
          .eval_loss = best ? state.best_loss : state.eval_loss,
          .metrics = options.output_dir / "metrics.jsonl",
          .truncated_rows = dataset.truncated_rows};
}

}  // namespace

TrainResult train(const TrainOptions& given) {
  const TrainOptions options = given.resolved();
  const ThreadCount threads(options.threads);
  const Objective& objective = objective_of(options.objective);
  const auto tokenizer = text::Tokenizer::load(options.tokenizer);
  const Dataset dataset = load_dataset(options, objective, *tokenizer);
  const OutputLock lock(options.output_dir);
  const Checkpoints checkpoints(options.output_dir, *tokenizer);
  TrainerState state = resume_state(options, checkpoints, fresh_state(options, dataset));
  auto model = state.step > 0 ? models::load_model(checkpoints.path(state.step))
                              : starting_model(options, *tokenizer);
  check_model(options, *model, *tokenizer);
  Loop loop({.options = options,
             .objective = objective,
             .dataset = dataset,
             .model = *model,
             .checkpoints = checkpoints,
             .eos_ids = stop_ids(options, *tokenizer)},
            std::move(state));
  loop.run();
  const TrainerState& last = loop.state();
  const bool best = options.load_best_model_at_end && last.best_step > 0;
  checkpoints.publish(best ? last.best_step : last.step);
  return result_of(options, last, dataset);
}

}  // namespace fundi::train
