#include "data/row_encoders.h"
#include "train/objectives/all.h"
#include "train/objectives/cross_entropy.h"

namespace fundi::train {
namespace {

data::TokenRow encode(const Json& row, const text::Tokenizer& tokenizer,
                      const TrainOptions& options) {
  return data::encode_conversation_row(
      row, tokenizer,
      {.completion_only = options.completion_only_loss, .chat = options.prompt_format == "chat"});
}

data::Packing pack(std::span<const data::PackItem> items, const TrainOptions& options) {
  return options.packing ? data::pack_best_fit(items, options.max_length)
                         : data::pack_single(items, options.max_length);
}

}  // namespace

// Supervised fine-tuning: next-token prediction of the answer, given the question.
const Objective kSft{.name = "sft",
                     .defaults = {.learning_rate = 2e-5,
                                  .min_lr_ratio = 0.0,
                                  .weight_decay = 0.0,
                                  .adam_beta2 = 0.999},
                     .truncates_rows = true,
                     .skips_empty_rows = false,
                     .decays_embeddings = true,
                     .encode = encode,
                     .pack = pack,
                     .loss = cross_entropy_loss};

}  // namespace fundi::train
