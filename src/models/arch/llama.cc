#include "models/arch/llama.h"

#include <array>
#include <cmath>

#include "models/arch/common.h"
#include "ops/add.h"
#include "ops/embedding.h"
#include "ops/rms_norm.h"
#include "ops/rope.h"
#include "ops/swiglu.h"

namespace fundi::models {
namespace {

struct Block {
  std::array<ops::Projection, 3> qkv;
  std::array<ops::Projection, 2> gate_up;
  ops::Projection o, down;
  ops::Var attention_norm, mlp_norm;
};

class Llama final : public Model {
 public:
  Llama(const ModelConfig& config, WeightSource& weights);
  const ModelConfig& config() const override { return config_; }
  DType dtype() const override { return dtype_; }
  ops::Var hidden(ops::Context& context, const Batch& batch,
                  const ForwardOptions& options) override;
  const ops::Var& head() const override { return head_; }
  std::vector<Parameter>& parameters() override { return parameters_; }

 private:
  ops::Var block(ops::Context& context, const ops::Var& x, int64_t layer, const Batch& batch) const;
  ops::Var attention(ops::Context& context, const ops::Var& x, int64_t layer,
                     const Batch& batch) const;
  ops::Var mlp(ops::Context& context, const ops::Var& x, const Block& b) const;

  ModelConfig config_;
  DType dtype_;
  float eps_;
  Tensor frequencies_;
  ops::Var embedding_, norm_, head_;
  std::vector<Block> blocks_;
  std::vector<Parameter> parameters_;
};

Llama::Llama(const ModelConfig& config, WeightSource& weights)
    : config_(config),
      dtype_(weights.dtype()),
      eps_(static_cast<float>(config.rms_norm_eps)),
      frequencies_(rope_frequencies(config.head_dim, config.rope_theta)) {
  const int64_t C = config.hidden_size, F = config.intermediate_size, V = config.vocab_size;
  const int64_t HD = config.num_attention_heads * config.head_dim;
  const int64_t GD = config.num_key_value_heads * config.head_dim;
  ParameterReader read(weights, parameters_);
  embedding_ = read.embedding("model.embed_tokens.weight", V, C);
  for (int64_t i = 0; i < config.num_hidden_layers; ++i) {
    const std::string layer = "model.layers." + std::to_string(i);
    const std::string attention = layer + ".self_attn.", mlp = layer + ".mlp.";
    Block b;
    b.qkv = {read.linear(attention + "q_proj", HD, C, config.attention_bias),
             read.linear(attention + "k_proj", GD, C, config.attention_bias),
             read.linear(attention + "v_proj", GD, C, config.attention_bias)};
    b.o = read.linear(attention + "o_proj", C, HD, config.attention_bias);
    b.gate_up = {read.linear(mlp + "gate_proj", F, C, config.mlp_bias),
                 read.linear(mlp + "up_proj", F, C, config.mlp_bias)};
    b.down = read.linear(mlp + "down_proj", C, F, config.mlp_bias);
    b.attention_norm = read.vector(layer + ".input_layernorm.weight", C);
    b.mlp_norm = read.vector(layer + ".post_attention_layernorm.weight", C);
    blocks_.push_back(std::move(b));
  }
  norm_ = read.vector("model.norm.weight", C);
  head_ = config.tie_word_embeddings ? embedding_ : read.matrix("lm_head.weight", V, C);
}

ops::Var Llama::hidden(ops::Context& context, const Batch& batch, const ForwardOptions& options) {
  check_batch(batch, config_.vocab_size, context.tape != nullptr);
  ops::Var x = ops::embedding(context, batch.ids, embedding_);
  for (int64_t layer = 0; layer < config_.num_hidden_layers; ++layer) {
    // The batch is copied into the closure (handles only): the tape may outlive the caller's.
    const auto run = [this, layer, batch](ops::Context& inner, const ops::Var& input) {
      return block(inner, input, layer, batch);
    };
    x = options.checkpoint_blocks ? ops::checkpoint(context, x, run) : run(context, x);
  }
  advance_caches(batch);
  return ops::rms_norm(context, x, norm_, eps_);
}

ops::Var Llama::block(ops::Context& context, const ops::Var& x, int64_t layer,
                      const Batch& batch) const {
  const Block& b = blocks_[static_cast<size_t>(layer)];
  const ops::Var n = ops::rms_norm(context, x, b.attention_norm, eps_);
  const ops::Var h = ops::add(context, x, attention(context, n, layer, batch));
  const ops::Var m = ops::rms_norm(context, h, b.mlp_norm, eps_);
  return ops::add(context, h, mlp(context, m, b));
}

ops::Var Llama::attention(ops::Context& context, const ops::Var& x, int64_t layer,
                          const Batch& batch) const {
  const Block& b = blocks_[static_cast<size_t>(layer)];
  const int64_t D = config_.head_dim;
  const std::vector<ops::Var> qkv = ops::linears(context, x, b.qkv);
  const ops::Var q = ops::rope(context, qkv[0], batch.positions, frequencies_, D);
  const ops::Var k = ops::rope(context, qkv[1], batch.positions, frequencies_, D);
  const ops::Var& v = qkv[2];
  const auto segments = segments_of_layer(batch, layer, k.value(), v.value());
  const float scale = 1.0f / std::sqrt(static_cast<float>(D));
  return ops::linear(context, ops::attention(context, q, k, v, segments, D, {.scale = scale}), b.o);
}

ops::Var Llama::mlp(ops::Context& context, const ops::Var& x, const Block& b) const {
  const std::vector<ops::Var> gate_up = ops::linears(context, x, b.gate_up);
  return ops::linear(context, ops::swiglu(context, gate_up[0], gate_up[1]), b.down);
}

}  // namespace

std::unique_ptr<Model> make_llama(const ModelConfig& config, WeightSource& weights) {
  return std::make_unique<Llama>(config, weights);
}

}  // namespace fundi::models
