#include "models/arch/decoder.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/error.h"
#include "ops/embedding.h"
#include "ops/scale.h"

namespace fundi::models {
namespace {

// Throws kInvalidArgument where an id is outside the vocabulary (its position named), a part of the
// batch is missing, or caches do not fit the segments or are used while recording.
void check_batch(const Batch& batch, int64_t vocab_size, bool records) {
  if (!batch.ids.defined() || !batch.positions.defined() || batch.segments == nullptr) {
    fail(ErrorCode::kInvalidArgument, "a batch needs ids, positions and segments");
  }
  const auto ids = batch.ids.span<int32_t>();
  for (size_t i = 0; i < ids.size(); ++i) {
    if (ids[i] >= 0 && ids[i] < vocab_size) continue;
    fail(
        ErrorCode::kInvalidArgument,
        "token id {} at position {} of the batch is outside the model's vocabulary of {}; does the "
        "tokenizer belong to this model?",
        ids[i], i, vocab_size);
  }
  if (batch.caches.empty()) return;
  if (records) {
    fail(ErrorCode::kInvalidArgument, "a batch with caches cannot be trained on");
  }
  if (batch.caches.size() != batch.segments->size()) {
    fail(ErrorCode::kInvalidArgument, "a batch of {} segments has {} caches",
         batch.segments->size(), batch.caches.size());
  }
  for (size_t i = 0; i < batch.caches.size(); ++i) {
    const ops::AttentionSegment& segment = (*batch.segments)[i];
    // The cache moved on since the batch was made, or is listed twice.
    if (segment.k_count != batch.caches[i]->length() + segment.q_count ||
        std::find(batch.caches.begin(), batch.caches.begin() + static_cast<ptrdiff_t>(i),
                  batch.caches[i]) != batch.caches.begin() + static_cast<ptrdiff_t>(i)) {
      fail(ErrorCode::kInvalidArgument, "cache {} does not fit its segment of the batch", i);
    }
  }
}

// After the last layer: every cache holds its segment's new tokens.
void advance_caches(const Batch& batch) {
  for (size_t i = 0; i < batch.caches.size(); ++i) {
    batch.caches[i]->advance((*batch.segments)[i].q_count);
  }
}

class Decoder final : public Model {
 public:
  Decoder(const ModelConfig& config, WeightSource& weights, BlockMaker make_block,
          const DecoderOptions& options);
  const ModelConfig& config() const override { return config_; }
  DType dtype() const override { return dtype_; }
  std::vector<KvLayout> kv_layout() const override;
  ops::Var hidden(ops::Context& context, const Batch& batch,
                  const ForwardOptions& options) override;
  const ops::Head& head() const override { return head_; }
  std::vector<Parameter>& parameters() override { return parameters_; }

 private:
  ModelConfig config_;
  DType dtype_;
  float embedding_scale_ = 1.0f;
  ops::Var embedding_;
  std::vector<std::unique_ptr<Block>> blocks_;
  RmsNorm norm_;
  ops::Head head_;
  std::vector<Parameter> parameters_;
};

Decoder::Decoder(const ModelConfig& config, WeightSource& weights, BlockMaker make_block,
                 const DecoderOptions& options)
    : config_(config), dtype_(weights.dtype()) {
  const int64_t C = config.hidden_size, V = config.vocab_size;
  if (options.scales_embedding) {
    embedding_scale_ = std::sqrt(static_cast<float>(C));
    if (dtype_ == DType::kBF16) embedding_scale_ = BFloat16(embedding_scale_);
  }
  ParameterReader read(weights, parameters_);
  embedding_ = read.embedding("model.embed_tokens.weight", V, C);
  for (int64_t i = 0; i < config.num_hidden_layers; ++i) {
    blocks_.push_back(make_block(config, i, "model.layers." + std::to_string(i) + ".", read));
  }
  norm_ = read.norm("model.norm", C, config.rms_norm_eps, options.norm_offset);
  head_.weight = config.tie_word_embeddings ? embedding_ : read.matrix("lm_head.weight", V, C);
  head_.softcap = static_cast<float>(config.final_logit_softcapping);
}

std::vector<KvLayout> Decoder::kv_layout() const {
  std::vector<KvLayout> layout;
  for (const auto& block : blocks_) layout.push_back(block->kv_layout());
  return layout;
}

ops::Var Decoder::hidden(ops::Context& context, const Batch& batch, const ForwardOptions& options) {
  check_batch(batch, config_.vocab_size, context.tape != nullptr);
  if (options.routing) options.routing->layers.assign(blocks_.size(), {});
  ops::Var x = ops::embedding(context, batch.ids, embedding_, dtype_);
  if (embedding_scale_ != 1.0f) x = ops::scale(context, x, embedding_scale_);
  for (int64_t layer = 0; layer < config_.num_hidden_layers; ++layer) {
    // The batch is copied into the closure (handles only): the tape may outlive the caller's.
    const auto run = [this, layer, batch, routing = options.routing](ops::Context& inner,
                                                                     const ops::Var& input) {
      return blocks_[static_cast<size_t>(layer)]->forward(
          inner, input, {.batch = batch, .layer = layer, .routing = routing});
    };
    x = options.checkpoint_blocks ? ops::checkpoint(context, x, run) : run(context, x);
  }
  advance_caches(batch);
  return norm_(context, x);
}

}  // namespace

std::unique_ptr<Model> make_decoder(const ModelConfig& config, WeightSource& weights,
                                    BlockMaker make_block, const DecoderOptions& options) {
  return std::make_unique<Decoder>(config, weights, make_block, options);
}

}  // namespace fundi::models
