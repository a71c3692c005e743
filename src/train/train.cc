#include "train/train.h"

#include <fmt/ranges.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/folder_lock.h"
#include "base/hash.h"
#include "base/parallel.h"
#include "data/row_encoders.h"
#include "formats/safetensors.h"
#include "models/directory.h"
#include "tensor/cpu_memory.h"
#include "train/checkpoint.h"
#include "train/dataset.h"
#include "train/loop.h"
#include "train/objectives/all.h"

namespace fundi::train {
namespace {

namespace fs = std::filesystem;

// Gives the process its thread count back.
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

// The config of a fresh model, what it leaves open filled in from tokenizer and options.
models::ModelConfig fresh_config(const TrainOptions& options, const text::Tokenizer& tokenizer) {
  Json json = *options.config;
  const auto fill = [&json](const char* key, const auto& value) {
    if (value && (!json.contains(key) || json[key].is_null())) json[key] = *value;
  };
  fill("model_type", std::optional<std::string>("llama"));
  fill("vocab_size", std::optional<int64_t>(tokenizer.vocab_size()));
  fill("max_position_embeddings", std::optional<int64_t>(options.max_length));
  fill("bos_token_id", tokenizer.bos_id());
  fill("eos_token_id", tokenizer.eos_id());
  fill("pad_token_id", tokenizer.pad_id());
  return models::ModelConfig::from_json(json, "config");
}

void check_fits(const models::ModelConfig& config, const text::Tokenizer& tokenizer,
                const TrainOptions& options) {
  const std::string origin = options.config ? "config" : options.model.string();  // of messages
  if (tokenizer.vocab_size() > config.vocab_size) {
    fail(ErrorCode::kInvalidArgument,
         "{}: the tokenizer {} has {} tokens, the model's vocab_size is {}; they do not belong "
         "together",
         origin, options.tokenizer.string(), tokenizer.vocab_size(), config.vocab_size);
  }
  if (options.max_length > config.max_position_embeddings) {
    fail(ErrorCode::kInvalidArgument,
         "max_length: {} is beyond the model's max_position_embeddings, {} ({})",
         options.max_length, config.max_position_embeddings, origin);
  }
}

// What balances experts needs some, and routers of its kind.
void check_balance(const models::ModelConfig& config, const TrainOptions& options) {
  const bool balances = options.router_aux_loss_coef > 0 || options.router_bias_update_rate > 0;
  if (!balances || config.moe.num_experts > 0) return;
  fail(ErrorCode::kInvalidArgument, "{}: the model has no experts to balance (model_type '{}')",
       options.router_aux_loss_coef > 0 ? "router_aux_loss_coef" : "router_bias_update_rate",
       config.model_type);
}

std::string hex(uint64_t value) { return fmt::format("{:016x}", value); }

// Tells base models apart without reading all of them: the config and the start of each tensor.
std::string model_fingerprint(const fs::path& directory) {
  constexpr size_t kStart = 4096;
  uint64_t hash = hash64(read_file(directory / "config.json"));
  const auto file = formats::SafetensorsModel::open(directory);
  for (const std::string& name : file.names()) {
    const Tensor tensor = file.tensor(name);
    const std::string_view start(static_cast<const char*>(tensor.raw()),
                                 std::min(kStart, tensor.bytes()));
    hash = hash64(start, hash64(name, hash));
  }
  return hex(hash);
}

// Tokens that end a text which this model is taught to end.
std::vector<int64_t> eos_ids(const text::Tokenizer& tokenizer, const TrainOptions& options) {
  std::vector<int64_t> ids;
  if (const auto eos = tokenizer.eos_id()) ids.push_back(*eos);
  if (options.objective == kSft.name) {
    if (const auto id = data::end_of_turn_id(tokenizer)) ids.push_back(*id);
  }
  return ids;
}

// Throws where the checkpoint's run was another one, naming what differs.
void check_settings(const Json& then, const Json& now, const fs::path& checkpoint) {
  std::vector<std::string> differences;
  const auto shown = [](const Json& settings, const std::string& key) {
    return settings.contains(key) ? dump_json(settings[key]) : std::string("(default)");
  };
  const auto compare = [&](const Json& keys) {
    for (const auto& [key, value] : keys.items()) {
      const std::string before = shown(then, key), after = shown(now, key);
      std::string text = fmt::format("{} was {}, now {}", key, before, after);
      if (key == "data") text = "the data, its tokens or how it is packed";
      if (key == "model") text = "the model to start from";
      if (before != after && std::ranges::find(differences, text) == differences.end()) {
        differences.push_back(text);
      }
    }
  };
  compare(now);
  compare(then);
  if (differences.empty()) return;
  fail(ErrorCode::kInvalidArgument,
       "{}: cannot be resumed, other settings than now: {}. Choose another output_dir, or set "
       "resume: false to remove its checkpoints and start over",
       checkpoint.string(), fmt::join(differences, "; "));
}

// One training, once the options are resolved.
class Run {
 public:
  explicit Run(const TrainOptions& options)
      : options_(options),
        objective_(objective_of(options.objective)),
        lock_(options.output_dir, "output_dir"),
        tokenizer_(models::load_tokenizer(options.tokenizer)),
        checkpoints_(options.output_dir, *tokenizer_) {
    if (!options.resume) checkpoints_.remove_all();
  }

  TrainResult run() {
    const std::optional<int64_t> newest = checkpoints_.newest();
    TrainerState state = newest ? checkpoints_.state(*newest) : TrainerState{};
    load_model(newest);
    const Dataset dataset = load_dataset(options_, objective_, *tokenizer_);
    const Json settings = settings_of(dataset);
    if (newest) check_settings(state.settings, settings, checkpoints_.path(*newest));
    state.settings = settings;
    if (!options_.sources.empty()) state.sources = read_json(options_.sources);
    // What tokenising needed is not to count in the peak of training.
    trim_cpu_memory();
    const LoopContext context{.options = options_,
                              .objective = objective_,
                              .dataset = dataset,
                              .model = *model_,
                              .checkpoints = checkpoints_,
                              .eos_ids = eos_ids(*tokenizer_, options_)};
    Loop loop(context, std::move(state));
    if (newest) spdlog::info("resuming from {}", checkpoints_.path(*newest).string());
    loop.run();
    return finish(loop.state(), dataset);
  }

 private:
  void load_model(std::optional<int64_t> checkpoint) {
    if (options_.config) {
      const models::ModelConfig config = fresh_config(options_, *tokenizer_);
      check_fits(config, *tokenizer_, options_);
      const DType dtype = options_.dtype.value_or(DType::kBF16);
      if (!checkpoint) model_ = models::initialize_model(config, dtype, options_.seed);
    } else if (!checkpoint) {
      model_ = models::load_model_to_train(options_.model, options_.dtype);
      check_fits(model_->config(), *tokenizer_, options_);
    }
    if (checkpoint) model_ = models::load_model_to_train(checkpoints_.path(*checkpoint));
    check_balance(model_->config(), options_);
  }

  Json settings_of(const Dataset& dataset) const {
    Json settings = options_.settings();
    if (options_.config) {
      settings["dtype"] = std::string(name(options_.dtype.value_or(DType::kBF16)));
    }
    if (!options_.config) settings["model"] = model_fingerprint(options_.model);
    settings["data"] = hex(dataset.fingerprint);
    return settings;
  }

  TrainResult finish(const TrainerState& state, const Dataset& dataset) const {
    const bool best = options_.load_best_model_at_end && state.best_step > 0;
    checkpoints_.publish(best ? state.best_step : state.step);
    return {.model = options_.output_dir,
            .steps = state.step,
            .tokens = state.tokens,
            .seconds = state.seconds,
            .final_loss = state.loss.value_or(0),
            .eval_loss = best ? state.best_loss : state.eval_loss,
            .metrics = options_.output_dir / "metrics.jsonl",
            .truncated_rows = dataset.truncated_rows};
  }

  const TrainOptions& options_;
  const Objective& objective_;
  FolderLock lock_;
  std::shared_ptr<const text::Tokenizer> tokenizer_;
  Checkpoints checkpoints_;
  std::unique_ptr<models::Model> model_;
};

}  // namespace

TrainResult train(const TrainOptions& options) {
  const TrainOptions resolved = options.resolved();
  const ThreadCount threads(resolved.threads);
  return Run(resolved).run();
}

}  // namespace fundi::train
