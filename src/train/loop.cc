#include "train/loop.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <numeric>
#include <utility>

#include "base/error.h"
#include "base/progress.h"
#include "train/micro_batch.h"

namespace fundi::train {
namespace {

double now() {
  const auto since = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration<double>(since).count();
}

int64_t sequences_a_step(const TrainOptions& options) {
  return options.per_device_train_batch_size * options.gradient_accumulation_steps;
}

// Tokens of `steps` steps from the start. Whole epochs count at once, whatever their order.
int64_t tokens_of_steps(const TrainOptions& options, const data::Packing& packing, int64_t steps) {
  const int64_t batch = sequences_a_step(options);
  const int64_t an_epoch = (packing.size() + batch - 1) / batch;
  int64_t tokens = steps / an_epoch * packing.tokens();
  Sampler sampler(packing.size(), options.seed);
  sampler.seek(steps / an_epoch, 0);
  for (int64_t i = 0; i < steps % an_epoch; ++i) {
    for (const int32_t bin : sampler.next(batch)) tokens += packing.tokens(bin);
  }
  return tokens;
}

Schedule make_schedule(const TrainOptions& options, int64_t total) {
  const double share = options.warmup_ratio * static_cast<double>(total);
  return {.kind = schedule_from_name(options.lr_scheduler_type),
          .peak = *options.learning_rate,
          .min_ratio = *options.min_lr_ratio,
          .warmup_steps = options.warmup_steps.value_or(static_cast<int64_t>(std::ceil(share))),
          .total_steps = total};
}

AdamWOptions make_adamw(const TrainOptions& options, const Objective& objective) {
  return {.beta1 = options.adam_beta1,
          .beta2 = *options.adam_beta2,
          .epsilon = options.adam_epsilon,
          .weight_decay = *options.weight_decay,
          .decay_embeddings = objective.decays_embeddings,
          .max_grad_norm = options.max_grad_norm};
}

// The parts of `bins` that go through the model at once.
template <typename Body>
void each_micro_batch(const TrainOptions& options, std::span<const int32_t> bins,
                      const Body& body) {
  const auto size = static_cast<size_t>(options.per_device_train_batch_size);
  for (size_t begin = 0; begin < bins.size(); begin += size) {
    body(bins.subspan(begin, std::min(size, bins.size() - begin)));
  }
}

}  // namespace

int64_t planned_steps(const TrainOptions& options, int64_t sequences) {
  if (options.max_steps > 0) return options.max_steps;
  const int64_t batch = sequences_a_step(options);
  const auto an_epoch = static_cast<double>((sequences + batch - 1) / batch);
  // Without the slack, 3 epochs of 0.1 might be rounded up to a step more than 0.3 epochs.
  const double steps = std::ceil(options.num_train_epochs * an_epoch - 1e-9);
  constexpr double kMany = 1e12;
  if (steps > kMany) {
    fail(ErrorCode::kInvalidArgument, "num_train_epochs: {} epochs are {:.0f} steps, too many",
         options.num_train_epochs, steps);
  }
  return std::max<int64_t>(1, static_cast<int64_t>(steps));
}

Loop::Loop(const LoopContext& context, TrainerState state)
    : context_(context),
      state_(std::move(state)),
      sampler_(context.dataset.train.size(), context.options.seed),
      optimizer_(context.model, make_adamw(context.options, context.objective)),
      schedule_(make_schedule(context.options,
                              planned_steps(context.options, context.dataset.train.size()))),
      metrics_(context.options.output_dir / "metrics.jsonl", state_.step) {
  sampler_.seek(state_.epoch, state_.position);
  if (state_.step > 0) optimizer_.load(context_.checkpoints.optimizer_file(state_.step));
}

void Loop::run() {
  const int64_t total = schedule_.total_steps;
  const TrainOptions& options = context_.options;
  Progress progress(std::string(context_.objective.name), "tokens",
                    tokens_of_steps(options, context_.dataset.train, total), state_.tokens);
  logged_seconds_ = state_.seconds;
  logged_tokens_ = state_.tokens;
  while (state_.step < total) {
    const int64_t tokens = state_.tokens;
    const double start = now();
    const StepResult result = step();
    state_.seconds += now() - start;
    progress.advance(state_.tokens - tokens);
    progress.note(fmt::format("loss {:.4g}", result.loss));
    if (is_due(options.logging_steps) || state_.step == 1) log(result);
    const bool saves = is_due(options.save_steps);
    if (is_due(options.eval_steps) || (saves && options.load_best_model_at_end)) evaluate();
    if (saves) save();
  }
}

bool Loop::is_due(int64_t every) const {
  return state_.step == schedule_.total_steps || (every > 0 && state_.step % every == 0);
}

Loop::StepResult Loop::step() {
  StepResult result{.learning_rate = schedule_.at(state_.step), .routing = {}};
  forward_backward(sampler_.next(sequences_a_step(context_.options)), result);
  check_finite("loss", result.loss);
  result.grad_norm = optimizer_.grad_norm(stream_);
  check_finite("gradient's norm", result.grad_norm);
  ++state_.step;
  optimizer_.step(state_.step, result.learning_rate, result.grad_norm, stream_);
  if (const double rate = context_.options.router_bias_update_rate; rate > 0) {
    models::update_correction_biases(context_.model, result.routing, rate);
  }
  state_.epoch = sampler_.epoch();
  state_.position = sampler_.position();
  state_.window_loss += result.loss;
  ++state_.window_steps;
  return result;
}

void Loop::forward_backward(std::span<const int32_t> bins, StepResult& result) {
  const Dataset& dataset = context_.dataset;
  const TrainOptions& options = context_.options;
  const int64_t targets = count_targets(dataset.rows, dataset.train, bins);
  const double scale = 1.0 / static_cast<double>(targets);
  models::ForwardOptions forward{.checkpoint_blocks = options.gradient_checkpointing};
  const bool balances = options.router_aux_loss_coef > 0 || options.router_bias_update_rate > 0;
  each_micro_batch(options, bins, [&](std::span<const int32_t> part) {
    ops::Tape tape;
    ops::Context recording{stream_, &tape};
    {
      // Gone before the backward pass: the tape holds what that needs.
      const MicroBatch batch = make_micro_batch(dataset.rows, dataset.train, part);
      if (balances) {
        // The auxiliary loss is a mean: each micro-batch counts by its share of the step.
        const double share = static_cast<double>(batch.targets.size()) * scale;
        forward.routing = std::make_shared<models::RoutingStatistics>();
        forward.routing->balance_coefficient = options.router_aux_loss_coef * share;
      }
      result.loss += context_.objective.loss(recording, context_.model, batch, scale, forward);
      state_.tokens += batch.input.ids.elements();
    }
    tape.backward();
    if (balances) result.routing.add(*forward.routing);
  });
}

void Loop::check_finite(const char* what, double value) const {
  if (std::isfinite(value)) return;
  const auto newest = context_.checkpoints.newest();
  const std::string good = newest ? context_.checkpoints.path(*newest).string() : "none yet";
  fail(ErrorCode::kDiverged,
       "step {}: the {} is {}; the last good checkpoint: {}. Lower learning_rate or max_grad_norm, "
       "or raise warmup_steps, and look at metrics.jsonl and the data of this step",
       state_.step + 1, what, value, good);
}

void Loop::log(const StepResult& result) {
  state_.loss = state_.window_loss / static_cast<double>(state_.window_steps);
  state_.window_loss = 0;
  state_.window_steps = 0;
  const double seconds = std::max(state_.seconds - logged_seconds_, 1e-9);
  Json line;
  line["step"] = state_.step;
  line["loss"] = *state_.loss;
  line["grad_norm"] = result.grad_norm;
  line["learning_rate"] = result.learning_rate;
  if (!result.routing.layers.empty()) {
    line["router_aux_loss"] = models::balance_loss(result.routing);
  }
  line["epoch"] = sampler_.progress();
  line["num_tokens"] = state_.tokens;
  line["tokens_per_second"] =
      std::round(static_cast<double>(state_.tokens - logged_tokens_) / seconds);
  metrics_.write(line);
  logged_seconds_ = state_.seconds;
  logged_tokens_ = state_.tokens;
}

void Loop::evaluate() {
  const Dataset& dataset = context_.dataset;
  if (dataset.eval.size() == 0) return;
  std::vector<int32_t> bins(static_cast<size_t>(dataset.eval.size()));
  std::iota(bins.begin(), bins.end(), 0);
  const int64_t targets = count_targets(dataset.rows, dataset.eval, bins);
  double loss = 0;
  each_micro_batch(context_.options, bins, [&](std::span<const int32_t> part) {
    ops::Context plain{stream_};
    const MicroBatch batch = make_micro_batch(dataset.rows, dataset.eval, part);
    loss += context_.objective.loss(plain, context_.model, batch,
                                    1.0 / static_cast<double>(targets), {});
  });
  state_.eval_loss = loss;
  Json line;
  line["step"] = state_.step;
  line["eval_loss"] = loss;
  line["epoch"] = sampler_.progress();
  line["num_tokens"] = state_.tokens;
  metrics_.write(line);
}

void Loop::save() {
  const bool judged = context_.options.load_best_model_at_end && state_.eval_loss.has_value();
  if (judged && std::isfinite(*state_.eval_loss) &&
      (!state_.best_loss || *state_.eval_loss < *state_.best_loss)) {
    state_.best_loss = state_.eval_loss;
    state_.best_step = state_.step;
  }
  context_.checkpoints.save(context_.model, optimizer_, state_, context_.eos_ids,
                            context_.options.save_total_limit);
}

}  // namespace fundi::train
