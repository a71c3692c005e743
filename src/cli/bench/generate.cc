#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <vector>

#include "base/error.h"
#include "base/parallel.h"
#include "base/stopwatch.h"
#include "base/text.h"
#include "cli/bench/bench.h"
#include "models/directory.h"
#include "models/model.h"
#include "ops/head.h"

namespace fundi::cli {
namespace {

// Greedy continuation of one sequence; returns the next token.
int32_t step(models::Model& model, models::KvCache& cache, std::span<const int32_t> tokens,
             Stream& stream) {
  ops::Context context{stream};
  const auto batch = models::Batch::continuing({tokens}, {&cache});
  const Tensor hidden = model.hidden(context, batch).value();
  const Tensor logits = ops::head_logits(context, hidden.rows(hidden.dim(0) - 1, 1), model.head());
  const auto values = logits.span<float>();
  return static_cast<int32_t>(std::max_element(values.begin(), values.end()) - values.begin());
}

// Bytes of weights that one token reads: all matrices; of an untied embedding one row only.
uint64_t weight_bytes(models::Model& model) {
  uint64_t bytes = 0;
  const void* head = model.head().weight.value().raw();
  for (const models::Parameter& p : model.parameters()) {
    const Tensor& value = p.var.value();
    if (p.is_embedding && value.raw() != head) continue;
    bytes += value.bytes();
  }
  return bytes;
}

}  // namespace

BenchResult bench_generate(const BenchGenerateOptions& options) {
  const Stopwatch since_start;
  const auto model = options.model.empty()
                         ? models::initialize_model(bench_shape(), options.dtype, 1)
                         : models::load_model(options.model);
  const double load_seconds = since_start.seconds();
  if (options.prompt + options.tokens > model->config().max_position_embeddings) {
    fail(ErrorCode::kInvalidArgument, "--prompt + --tokens is {}; the model's context is {}",
         options.prompt + options.tokens, model->config().max_position_embeddings);
  }
  Stream stream;
  std::vector<int32_t> prompt(static_cast<size_t>(options.prompt));
  for (size_t i = 0; i < prompt.size(); ++i) {
    prompt[i] = static_cast<int32_t>(i * 31 % static_cast<size_t>(model->config().vocab_size));
  }
  models::KvCache cache(model->kv_layout(), models::default_cache_dtype(*model),
                        options.prompt + options.tokens);
  const Stopwatch first;
  int32_t token = step(*model, cache, prompt, stream);
  const double first_token = load_seconds + first.seconds();
  cache.truncate(0);
  const Stopwatch prefill;
  token = step(*model, cache, prompt, stream);
  const double prefill_seconds = prefill.seconds();
  std::vector<double> times;
  for (int64_t i = 1; i < options.tokens; ++i) {
    const Stopwatch watch;
    token = step(*model, cache, {&token, 1}, stream);
    times.push_back(watch.seconds());
  }
  if (times.empty()) times.push_back(prefill_seconds);
  std::nth_element(times.begin(), times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2),
                   times.end());
  const double decode = times[times.size() / 2];
  const uint64_t bytes = weight_bytes(*model);
  const uint64_t rss = peak_rss_bytes();
  const double bandwidth = measured_memory_bandwidth();
  const double achieved = static_cast<double>(bytes) / decode;
  BenchResult result;
  result.add("threads", thread_count(), std::to_string(thread_count()));
  result.add("parameters", models::parameter_count(*model),
             format_count(models::parameter_count(*model)));
  result.add("first_token_seconds", first_token, fmt::format("{:.3f} s with loading", first_token));
  const double prefill_rate = static_cast<double>(options.prompt) / prefill_seconds;
  result.add("prefill_tokens_per_second", prefill_rate,
             fmt::format("{:.0f} tokens/s", prefill_rate));
  result.add("tokens_per_second", 1.0 / decode, fmt::format("{:.1f} tokens/s", 1.0 / decode));
  result.add("weight_bytes_per_token", bytes, format_bytes(bytes));
  result.add("bytes_per_second", achieved, fmt::format("{:.1f} GB/s", achieved / 1e9));
  result.add("memory_bytes_per_second", bandwidth, fmt::format("{:.1f} GB/s", bandwidth / 1e9));
  result.add("bandwidth_fraction", achieved / bandwidth,
             fmt::format("{:.0f}%", 100 * achieved / bandwidth));
  result.add("peak_rss_bytes", rss, format_bytes(rss));
  return result;
}

}  // namespace fundi::cli
