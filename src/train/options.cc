#include "train/options.h"

#include <cmath>

#include "base/error.h"
#include "base/files.h"
#include "train/objectives/all.h"
#include "train/schedule.h"

namespace fundi::train {
namespace {

std::vector<fs::path> paths(const Config& config, std::string_view key) {
  if (!config.has(key)) return config.find<std::string>(key), std::vector<fs::path>{};
  std::vector<fs::path> result;
  if (config.raw(key).is_string()) {
    result.emplace_back(config.get<std::string>(key));
  } else {
    for (const std::string& path : config.get<std::vector<std::string>>(key)) {
      result.emplace_back(path);
    }
  }
  return result;
}

uint64_t read_seed(const Config& config, uint64_t fallback) {
  const auto seed = config.find<int64_t>("seed");
  if (!seed) return fallback;
  if (*seed < 0) {
    fail(ErrorCode::kInvalidArgument, "{}: must not be negative, not {}", config.where("seed"),
         *seed);
  }
  return static_cast<uint64_t>(*seed);
}

void read_schedule(const Config& config, TrainOptions& options) {
  options.learning_rate = config.find<double>("learning_rate");
  options.lr_scheduler_type =
      config.choice("lr_scheduler_type", schedule_names(), options.lr_scheduler_type);
  options.warmup_steps = config.find<int64_t>("warmup_steps");
  options.warmup_ratio = config.get<double>("warmup_ratio", options.warmup_ratio);
  options.min_lr_ratio = config.find<double>("min_lr_ratio");
  options.weight_decay = config.find<double>("weight_decay");
  options.adam_beta1 = config.get<double>("adam_beta1", options.adam_beta1);
  options.adam_beta2 = config.find<double>("adam_beta2");
  options.adam_epsilon = config.get<double>("adam_epsilon", options.adam_epsilon);
  options.max_grad_norm = config.get<double>("max_grad_norm", options.max_grad_norm);
  options.router_aux_loss_coef =
      config.get<double>("router_aux_loss_coef", options.router_aux_loss_coef);
  options.router_bias_update_rate =
      config.get<double>("router_bias_update_rate", options.router_bias_update_rate);
  options.num_train_epochs = config.get<double>("num_train_epochs", options.num_train_epochs);
  options.max_steps = config.get<int64_t>("max_steps", options.max_steps);
}

void read_batches(const Config& config, TrainOptions& options) {
  const auto integer = [&config](const char* key, int64_t& value) {
    value = config.get<int64_t>(key, value);
  };
  const auto flag = [&config](const char* key, bool& value) {
    value = config.get<bool>(key, value);
  };
  integer("per_device_train_batch_size", options.per_device_train_batch_size);
  integer("gradient_accumulation_steps", options.gradient_accumulation_steps);
  integer("max_length", options.max_length);
  flag("packing", options.packing);
  flag("completion_only_loss", options.completion_only_loss);
  options.prompt_format = config.choice("prompt_format", {"plain", "chat"}, options.prompt_format);
  integer("eval_steps", options.eval_steps);
  integer("save_steps", options.save_steps);
  integer("save_total_limit", options.save_total_limit);
  flag("load_best_model_at_end", options.load_best_model_at_end);
  integer("logging_steps", options.logging_steps);
  flag("gradient_checkpointing", options.gradient_checkpointing);
  flag("resume", options.resume);
  options.threads = config.get<int>("threads", options.threads);
}

template <typename T>
void check_range(const char* key, T value, T low, T high) {
  if (value >= low && value <= high) return;  // false for NaN
  fail(ErrorCode::kInvalidArgument, "{}: must be from {} to {}, not {}", key, low, high, value);
}

void check_paths(const TrainOptions& options) {
  const auto required = [](const char* key, bool given, const char* what) {
    if (!given) fail(ErrorCode::kInvalidArgument, "{}: is missing; {}", key, what);
  };
  required("data", !options.data.empty(), "give one or more JSONL files");
  required("output_dir", !options.output_dir.empty(), "give the folder to write the model to");
  if (options.model.empty() == !options.config) {
    fail(ErrorCode::kInvalidArgument,
         "give either 'model', a model directory to start from, or 'config' for a fresh model");
  }
  required("tokenizer", !options.tokenizer.empty() || !options.model.empty(),
           "a fresh model needs the directory of a tokenizer");
  if (!options.eval_data.empty() && options.eval_fraction > 0) {
    fail(ErrorCode::kInvalidArgument, "give 'eval_data' or 'eval_fraction', not both");
  }
  const bool evaluates = !options.eval_data.empty() || options.eval_fraction > 0;
  if ((options.load_best_model_at_end || options.eval_steps > 0) && !evaluates) {
    fail(ErrorCode::kInvalidArgument, "{}: needs 'eval_data' or 'eval_fraction'",
         options.load_best_model_at_end ? "load_best_model_at_end" : "eval_steps");
  }
}

void check_numbers(const TrainOptions& options) {
  constexpr int64_t kMany = int64_t{1} << 40;
  check_range<int64_t>("per_device_train_batch_size", options.per_device_train_batch_size, 1,
                       65536);
  check_range<int64_t>("gradient_accumulation_steps", options.gradient_accumulation_steps, 1,
                       1 << 20);
  check_range<int64_t>("max_length", options.max_length, 2, 1 << 24);
  check_range("learning_rate", *options.learning_rate, 0.0, 1e6);
  check_range<int64_t>("warmup_steps", options.warmup_steps.value_or(0), 0, kMany);
  check_range("warmup_ratio", options.warmup_ratio, 0.0, 1.0);
  check_range("min_lr_ratio", *options.min_lr_ratio, 0.0, 1.0);
  check_range("weight_decay", *options.weight_decay, 0.0, 1e3);
  check_range("adam_beta1", options.adam_beta1, 0.0, 0.999999);
  check_range("adam_beta2", *options.adam_beta2, 0.0, 0.999999);
  check_range("adam_epsilon", options.adam_epsilon, 1e-30, 1.0);
  check_range("max_grad_norm", options.max_grad_norm, 0.0, 1e30);
  check_range("router_aux_loss_coef", options.router_aux_loss_coef, 0.0, 1e3);
  check_range("router_bias_update_rate", options.router_bias_update_rate, 0.0, 1.0);
  check_range("num_train_epochs", options.num_train_epochs, 1e-9, 1e9);
  check_range<int64_t>("max_steps", options.max_steps, 0, kMany);
  check_range<int64_t>("eval_steps", options.eval_steps, 0, kMany);
  check_range<int64_t>("save_steps", options.save_steps, 0, kMany);
  check_range<int64_t>("save_total_limit", options.save_total_limit, 0, kMany);
  check_range<int64_t>("logging_steps", options.logging_steps, 1, kMany);
  check_range("eval_fraction", options.eval_fraction, 0.0, 0.999);
  check_range("threads", options.threads, 0, 4096);
  schedule_from_name(options.lr_scheduler_type);
  if (options.prompt_format != "plain" && options.prompt_format != "chat") {
    fail(ErrorCode::kInvalidArgument, "prompt_format: '{}' is not one of plain, chat",
         options.prompt_format);
  }
  if (options.dtype && *options.dtype != DType::kF32 && *options.dtype != DType::kBF16) {
    fail(ErrorCode::kInvalidArgument, "dtype: must be bf16 or f32, not {}", name(*options.dtype));
  }
}

}  // namespace

TrainOptions parse_train_options(const Config& config) {
  TrainOptions options;
  options.objective = config.choice("objective", objective_names());
  options.model = config.get<std::string>("model", "");
  if (config.has("config")) {
    config.child("config");  // throws where it is not an object
    options.config = config.raw("config");
  } else {
    config.raw("config");
  }
  options.tokenizer = config.get<std::string>("tokenizer", "");
  options.data = paths(config, "data");
  options.eval_data = paths(config, "eval_data");
  options.sources = config.get<std::string>("sources", "");
  options.eval_fraction = config.get<double>("eval_fraction", 0);
  options.output_dir = config.get<std::string>("output_dir", "");
  read_batches(config, options);
  read_schedule(config, options);
  options.seed = read_seed(config, options.seed);
  if (config.has("dtype")) {
    options.dtype = dtype_from_name(config.choice("dtype", {"bf16", "f32"}));
  } else {
    config.find<std::string>("dtype");
  }
  config.finish();
  return options;
}

TrainOptions TrainOptions::resolved() const {
  TrainOptions options = *this;
  const ObjectiveDefaults& defaults = objective_of(objective).defaults;
  options.learning_rate = learning_rate.value_or(defaults.learning_rate);
  options.min_lr_ratio = min_lr_ratio.value_or(defaults.min_lr_ratio);
  options.weight_decay = weight_decay.value_or(defaults.weight_decay);
  options.adam_beta2 = adam_beta2.value_or(defaults.adam_beta2);
  if (tokenizer.empty()) options.tokenizer = model;
  check_paths(options);
  check_numbers(options);
  return options;
}

Json TrainOptions::settings() const {
  Json json;
  json["objective"] = objective;
  if (config) json["config"] = *config;
  if (dtype) json["dtype"] = std::string(name(*dtype));
  json["eval_fraction"] = eval_fraction;
  json["per_device_train_batch_size"] = per_device_train_batch_size;
  json["gradient_accumulation_steps"] = gradient_accumulation_steps;
  json["max_length"] = max_length;
  json["packing"] = packing;
  json["completion_only_loss"] = completion_only_loss;
  json["prompt_format"] = prompt_format;
  json["learning_rate"] = learning_rate.value_or(0);
  json["lr_scheduler_type"] = lr_scheduler_type;
  if (warmup_steps) {
    json["warmup_steps"] = *warmup_steps;
  } else {
    json["warmup_ratio"] = warmup_ratio;
  }
  json["min_lr_ratio"] = min_lr_ratio.value_or(0);
  json["weight_decay"] = weight_decay.value_or(0);
  json["adam_beta1"] = adam_beta1;
  json["adam_beta2"] = adam_beta2.value_or(0);
  json["adam_epsilon"] = adam_epsilon;
  json["max_grad_norm"] = max_grad_norm;
  if (router_aux_loss_coef > 0) json["router_aux_loss_coef"] = router_aux_loss_coef;
  if (router_bias_update_rate > 0) json["router_bias_update_rate"] = router_bias_update_rate;
  json["num_train_epochs"] = num_train_epochs;
  json["max_steps"] = max_steps;
  json["seed"] = seed;
  return json;
}

}  // namespace fundi::train
