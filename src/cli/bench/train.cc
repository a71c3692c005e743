#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <vector>

#include "base/error.h"
#include "base/parallel.h"
#include "base/random.h"
#include "base/stopwatch.h"
#include "base/text.h"
#include "cli/bench/bench.h"
#include "models/directory.h"
#include "train/objectives/cross_entropy.h"
#include "train/optimizer.h"

namespace fundi::cli {
namespace {

train::MicroBatch random_batch(const BenchTrainOptions& options, int64_t vocab, Random& random) {
  const int64_t length = options.sequence;
  std::vector<std::vector<int32_t>> documents(static_cast<size_t>(options.micro_batch));
  std::vector<std::span<const int32_t>> views;
  train::MicroBatch batch;
  int32_t row = 0;
  for (auto& document : documents) {
    for (int64_t i = 0; i <= length; ++i) {
      document.push_back(static_cast<int32_t>(random.below(static_cast<uint64_t>(vocab))));
    }
    views.emplace_back(document.data(), static_cast<size_t>(length));
    for (int64_t i = 1; i <= length; ++i) {
      batch.rows.push_back(row++);
      batch.targets.push_back(document[static_cast<size_t>(i)]);
    }
  }
  batch.input = models::Batch::of_documents(views);
  return batch;
}

// 6 N a token for the matrices that take part in products, and causal attention: forward 2 products
// of T/2 keys a token and channel on average, backward twice that.
double flops_per_token(models::Model& model, int64_t sequence) {
  int64_t weights = 0;
  for (const models::Parameter& p : model.parameters()) {
    if (p.is_matrix && !p.is_embedding) weights += p.var.value().elements();
  }
  const models::ModelConfig& config = model.config();
  if (config.tie_word_embeddings) weights += config.vocab_size * config.hidden_size;
  const int64_t width = config.num_attention_heads * config.head_dim;
  const double attention = 3.0 * 2.0 * 2.0 * static_cast<double>(config.num_hidden_layers * width) *
                           static_cast<double>(sequence + 1) / 2.0;
  return 6.0 * static_cast<double>(weights) + attention;
}

}  // namespace

BenchResult bench_train(const BenchTrainOptions& options) {
  const int64_t batch_tokens = options.micro_batch * options.sequence;
  if (options.step_tokens % batch_tokens != 0) {
    fail(ErrorCode::kInvalidArgument,
         "--step-tokens {} is not a multiple of --micro-batch x --sequence = {}",
         options.step_tokens, batch_tokens);
  }
  const auto model = models::initialize_model(bench_shape(), options.dtype, 1);
  train::Optimizer optimizer(*model, {.beta2 = 0.95, .weight_decay = 0.1});
  Stream stream;
  Random random(1);
  const auto step = [&](int64_t number) {
    for (int64_t done = 0; done < options.step_tokens; done += batch_tokens) {
      const train::MicroBatch batch = random_batch(options, model->config().vocab_size, random);
      ops::Tape tape;
      ops::Context context{stream, &tape};
      train::cross_entropy_loss(context, *model, batch,
                                1.0 / static_cast<double>(options.step_tokens),
                                {.checkpoint_blocks = options.checkpoint});
      tape.backward();
    }
    optimizer.step(number, 3e-4, optimizer.grad_norm(stream), stream);
  };
  step(1);
  std::vector<double> times;
  for (int64_t i = 0; i < options.steps; ++i) {
    const Stopwatch watch;
    step(i + 2);
    times.push_back(watch.seconds());
  }
  const uint64_t rss = peak_rss_bytes();
  std::nth_element(times.begin(), times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2),
                   times.end());
  const double seconds = times[times.size() / 2];
  const double rate = static_cast<double>(options.step_tokens) / seconds;
  const double flops = rate * flops_per_token(*model, options.sequence);
  const double peak = measured_matmul_peak(options.dtype);
  BenchResult result;
  result.add("threads", thread_count(), std::to_string(thread_count()));
  result.add("dtype", name(options.dtype), std::string(name(options.dtype)));
  result.add("parameters", models::parameter_count(*model),
             format_count(models::parameter_count(*model)));
  result.add("step_seconds", seconds, fmt::format("{:.2f} s", seconds));
  result.add("tokens_per_second", rate, fmt::format("{:.0f} tokens/s", rate));
  result.add("flops_per_second", flops, fmt::format("{:.1f} GFLOP/s", flops / 1e9));
  result.add("peak_flops_per_second", peak, fmt::format("{:.1f} GFLOP/s", peak / 1e9));
  result.add("peak_fraction", flops / peak, fmt::format("{:.1f}%", 100 * flops / peak));
  result.add("peak_rss_bytes", rss, format_bytes(rss));
  return result;
}

}  // namespace fundi::cli
