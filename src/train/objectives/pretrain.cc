#include "data/row_encoders.h"
#include "train/objectives/all.h"
#include "train/objectives/cross_entropy.h"

namespace fundi::train {
namespace {

data::TokenRow encode(const Json& row, const text::Tokenizer& tokenizer, const TrainOptions&) {
  return data::encode_text_row(row, tokenizer);
}

data::Packing pack(std::span<const data::PackItem> items, const TrainOptions& options) {
  return data::pack_contiguous(items, options.max_length);
}

}  // namespace

// Next-token prediction over {"text"} documents laid end to end. Defaults as GPT-3 and OLMo have
// them: AdamW (0.9, 0.95), weight decay 0.1 on matrices but the embeddings.
const Objective kPretrain{.name = "pretrain",
                          .defaults = {.learning_rate = 3e-4,
                                       .min_lr_ratio = 0.1,
                                       .weight_decay = 0.1,
                                       .adam_beta2 = 0.95},
                          .truncates_rows = false,
                          .skips_empty_rows = true,
                          .decays_embeddings = false,
                          .encode = encode,
                          .pack = pack,
                          .loss = cross_entropy_loss};

}  // namespace fundi::train
