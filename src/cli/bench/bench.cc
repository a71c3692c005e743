#include "cli/bench/bench.h"

#include <fmt/format.h>
#include <sys/resource.h>

#include <array>
#include <cstdio>
#include <functional>
#include <memory>

#include "backends/cpu/peaks.h"
#include "base/parallel.h"
#include "cli/app.h"

namespace fundi::cli {
namespace {

void print(const BenchResult& result) {
  if (global_options().json) {
    std::fputs((dump_json(result.json) + "\n").c_str(), stdout);
    return;
  }
  size_t width = 0;
  for (const auto& [key, value] : result.table) width = std::max(width, key.size());
  for (const auto& [key, value] : result.table) fmt::print("{:<{}}  {}\n", key, width, value);
}

DType parse_dtype(const std::string& name) { return *dtype_from_name(name); }

void add_gemm(CLI::App& bench) {
  constexpr DType kStored[] = {DType::kQ4_0, DType::kQ4_1, DType::kQ5_0, DType::kQ5_1,
                               DType::kQ8_0, DType::kQ4_K, DType::kQ5_K, DType::kQ6_K,
                               DType::kF16,  DType::kBF16};
  auto* command = bench.add_subcommand("gemm", "Matrix products and memory bandwidth: the peaks");
  auto seconds = std::make_shared<double>(0.5);
  auto type = std::make_shared<std::string>();
  std::vector<std::string> names{"all"};
  for (const DType dtype : kStored) names.emplace_back(name(dtype));
  command->add_option("--seconds", *seconds, "Time for each shape")->check(CLI::PositiveNumber);
  command->add_option("--type", *type, "Products with weights stored in this type instead")
      ->check(CLI::IsMember(names));
  command->callback([seconds, type, kStored] {
    if (type->empty()) return print(bench_gemm(*seconds));
    std::vector<DType> types{std::begin(kStored), std::end(kStored)};
    if (*type != "all") types = {parse_dtype(*type)};
    print(bench_stored_weights(types, *seconds));
  });
}

void add_train(CLI::App& bench) {
  auto* command =
      bench.add_subcommand("train", "Training steps of a Llama shape, against the peak");
  auto options = std::make_shared<BenchTrainOptions>();
  auto dtype = std::make_shared<std::string>("bf16");
  command->add_option("--dtype", *dtype, "Compute type")->check(CLI::IsMember({"bf16", "f32"}));
  command->add_option("--steps", options->steps, "Timed steps")->check(CLI::PositiveNumber);
  command->add_option("--micro-batch", options->micro_batch, "Sequences a forward pass")
      ->check(CLI::PositiveNumber);
  command->add_option("--sequence", options->sequence, "Tokens a sequence")
      ->check(CLI::PositiveNumber);
  command->add_option("--step-tokens", options->step_tokens, "Tokens an optimiser step")
      ->check(CLI::PositiveNumber);
  command->add_flag("--checkpoint", options->checkpoint, "Recompute activations");
  command->callback([options, dtype] {
    options->dtype = parse_dtype(*dtype);
    print(bench_train(*options));
  });
}

void add_generate(CLI::App& bench) {
  auto* command =
      bench.add_subcommand("generate", "Prefill and decoding, against the memory bandwidth");
  auto options = std::make_shared<BenchGenerateOptions>();
  auto dtype = std::make_shared<std::string>("bf16");
  command->add_option("model", options->model,
                      "Model directory or GGUF file (default: the bench shape)");
  command->add_option("--dtype", *dtype, "Type of the weights of the default shape")
      ->check(CLI::IsMember({"bf16", "f32"}));
  command->add_option("--prompt", options->prompt, "Prompt tokens")->check(CLI::PositiveNumber);
  command->add_option("--tokens", options->tokens, "Tokens to generate")
      ->check(CLI::PositiveNumber);
  command->callback([options, dtype] {
    options->dtype = parse_dtype(*dtype);
    print(bench_generate(*options));
  });
}

void add_tokenize(CLI::App& bench) {
  auto* command = bench.add_subcommand("tokenize", "Encoding of text on one thread");
  auto options = std::make_shared<BenchTokenizeOptions>();
  command->add_option("--tokenizer", options->tokenizer,
                      "Tokenizer directory (default: one trained on the text)");
  command->add_option("--text", options->text,
                      "Text file, or JSONL rows with text or ids (default: made-up words)");
  command->add_option("--out", options->out,
                      "Write each row's ids and decoded text here, as JSONL");
  command->add_option("--seconds", options->seconds, "Time to measure for")
      ->check(CLI::PositiveNumber);
  command->callback([options] { print(bench_tokenize(*options)); });
}

}  // namespace

void BenchResult::add(const std::string& key, const Json& value, const std::string& shown) {
  json[key] = value;
  table.emplace_back(key, shown);
}

double measured_matmul_peak(DType dtype) {
  constexpr double kSeconds = 0.6;
  double best = 0;
  for (const auto& [m, n, k] : {std::array<int64_t, 3>{2048, 2048, 2048},
                                {4096, 2048, 1024},
                                {4096, 1408, 512},
                                {4096, 512, 1408}}) {
    best = std::max(best, cpu::matmul_flops_per_second(m, n, k, dtype, kSeconds));
  }
  return best;
}

double measured_memory_bandwidth() {
  constexpr size_t kBytes = size_t{512} << 20;
  return cpu::memory_bytes_per_second(kBytes, 1.0);
}

uint64_t peak_rss_bytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<uint64_t>(usage.ru_maxrss) * 1024;
}

models::ModelConfig bench_shape() {
  models::ModelConfig config;
  config.vocab_size = 8192;
  config.hidden_size = 512;
  config.intermediate_size = 1408;
  config.num_hidden_layers = 8;
  config.num_attention_heads = 8;
  config.num_key_value_heads = 4;
  config.head_dim = 64;
  return config;
}

void add_bench_command(CLI::App& app) {
  auto* bench = app.add_subcommand("bench", "Measure this machine and fundi on it");
  bench->footer("Example:\n  fundi bench train --dtype bf16");
  bench->require_subcommand(1);
  add_gemm(*bench);
  add_train(*bench);
  add_generate(*bench);
  add_tokenize(*bench);
}

}  // namespace fundi::cli
