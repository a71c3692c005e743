#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "base/json.h"
#include "models/config.h"
#include "tensor/dtype.h"

namespace fundi::cli {

// Registers `fundi bench gemm|train|generate|tokenize`.
void add_bench_command(CLI::App& app);

// What one benchmark found: the object of --json, and the rows of the table.
struct BenchResult {
  Json json;
  std::vector<std::pair<std::string, std::string>> table;
  void add(const std::string& key, const Json& value, const std::string& shown);
};

BenchResult bench_gemm(double seconds);
// Products with weights as they are stored: bytes/s with one row, FLOP/s with more.
BenchResult bench_stored_weights(const std::vector<DType>& types, double seconds);

struct BenchTrainOptions {
  DType dtype = DType::kBF16;
  int64_t steps = 3;            // timed, after one to warm up
  int64_t micro_batch = 4;      // sequences a forward pass
  int64_t sequence = 512;       // tokens a sequence
  int64_t step_tokens = 16384;  // tokens an optimiser step
  bool checkpoint = false;
};
BenchResult bench_train(const BenchTrainOptions& options);

struct BenchGenerateOptions {
  std::string model;  // a directory; empty: the shape of bench_shape() with random weights
  DType dtype = DType::kBF16;
  int64_t prompt = 128;
  int64_t tokens = 128;
};
BenchResult bench_generate(const BenchGenerateOptions& options);

struct BenchTokenizeOptions {
  std::string tokenizer;  // a directory; empty: one trained on the text
  // A file: JSONL rows with "text", or "ids" to decode; else one text. Empty: made-up words.
  std::string text;
  std::string out;     // where to write the ids and the decoded text of each row; empty: nowhere
  double seconds = 2;  // time to measure for
};
BenchResult bench_tokenize(const BenchTokenizeOptions& options);

// The shape that training is measured on: 8 layers, 512 wide, 8 heads (4 KV), FFN 1408, V 8192.
models::ModelConfig bench_shape();

// Peaks of this machine, measured in this run.
double measured_matmul_peak(DType dtype);  // FLOP/s: the best of several shapes
double measured_memory_bandwidth();        // bytes/s read
uint64_t peak_rss_bytes();

}  // namespace fundi::cli
