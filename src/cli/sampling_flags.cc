#include "cli/sampling_flags.h"

namespace fundi::cli {

void add_sampling_flags(CLI::App& command, serve::SessionOptions& options) {
  models::SamplingOptions& sampling = options.sampling;
  command.add_option("--max-tokens", options.max_tokens, "The longest answer, in tokens")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  command.add_option("--temperature", sampling.temperature, "0 takes the likeliest token always")
      ->capture_default_str();
  command.add_option("--top-k", sampling.top_k, "Only the K likeliest tokens; 0: all")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  command.add_option("--top-p", sampling.top_p, "Only the likeliest tokens that sum up to P")
      ->capture_default_str();
  command
      .add_option("--min-p", sampling.min_p, "Only tokens at least P times as likely as the best")
      ->capture_default_str();
  command
      .add_option("--repetition-penalty", sampling.repetition_penalty,
                  "Above 1: tokens that occurred become less likely")
      ->capture_default_str();
  command.add_option("--stop", options.stop, "A text that ends the answer; can be repeated")
      ->allow_extra_args(false)
      ->type_name("TEXT");
  command.add_option("--seed", sampling.seed, "Seed of the random choices")->capture_default_str();
}

}  // namespace fundi::cli
