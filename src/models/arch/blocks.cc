#include "models/arch/blocks.h"

#include <utility>

#include "models/arch/attention.h"
#include "models/arch/mlp.h"
#include "ops/add.h"

namespace fundi::models {
namespace {

class PreNormBlock final : public Block {
 public:
  PreNormBlock(const ModelConfig& config, const std::string& name, ParameterReader& read,
               std::unique_ptr<Attention> attention, std::unique_ptr<FeedForward> feed_forward)
      : attention_(std::move(attention)),
        feed_forward_(std::move(feed_forward)),
        attention_norm_(
            read.norm(name + "input_layernorm", config.hidden_size, config.rms_norm_eps)),
        feed_forward_norm_(read.norm(name + "post_attention_layernorm", config.hidden_size,
                                     config.rms_norm_eps)) {}

  ops::Var forward(ops::Context& context, const ops::Var& x, const LayerInput& in) const override {
    const ops::Var n = attention_norm_(context, x);
    const ops::Var h = ops::add(context, x, attention_->forward(context, n, in));
    const ops::Var m = feed_forward_norm_(context, h);
    return ops::add(context, h, feed_forward_->forward(context, m, in));
  }
  KvLayout kv_layout() const override { return attention_->kv_layout(); }

 private:
  std::unique_ptr<Attention> attention_;
  std::unique_ptr<FeedForward> feed_forward_;
  RmsNorm attention_norm_, feed_forward_norm_;
};

class SandwichNormBlock final : public Block {
 public:
  SandwichNormBlock(const ModelConfig& config, const std::string& name, ParameterReader& read,
                    std::unique_ptr<Attention> attention, std::unique_ptr<FeedForward> feed_forward,
                    float offset)
      : attention_(std::move(attention)), feed_forward_(std::move(feed_forward)) {
    const auto norm = [&](const char* which) {
      return read.norm(name + which, config.hidden_size, config.rms_norm_eps, offset);
    };
    before_attention_ = norm("input_layernorm");
    after_attention_ = norm("post_attention_layernorm");
    before_feed_forward_ = norm("pre_feedforward_layernorm");
    after_feed_forward_ = norm("post_feedforward_layernorm");
  }

  ops::Var forward(ops::Context& context, const ops::Var& x, const LayerInput& in) const override {
    const ops::Var n = before_attention_(context, x);
    const ops::Var a = after_attention_(context, attention_->forward(context, n, in));
    const ops::Var h = ops::add(context, x, a);
    const ops::Var m = before_feed_forward_(context, h);
    const ops::Var f = after_feed_forward_(context, feed_forward_->forward(context, m, in));
    return ops::add(context, h, f);
  }
  KvLayout kv_layout() const override { return attention_->kv_layout(); }

 private:
  std::unique_ptr<Attention> attention_;
  std::unique_ptr<FeedForward> feed_forward_;
  RmsNorm before_attention_, after_attention_, before_feed_forward_, after_feed_forward_;
};

}  // namespace

std::unique_ptr<Block> sandwich_norm_block(const ModelConfig& config, const std::string& name,
                                           ParameterReader& read,
                                           std::unique_ptr<Attention> attention,
                                           std::unique_ptr<FeedForward> feed_forward,
                                           float norm_offset) {
  return std::make_unique<SandwichNormBlock>(config, name, read, std::move(attention),
                                             std::move(feed_forward), norm_offset);
}

std::unique_ptr<Block> pre_norm_block(const ModelConfig& config, const std::string& name,
                                      ParameterReader& read, std::unique_ptr<Attention> attention,
                                      std::unique_ptr<FeedForward> feed_forward) {
  return std::make_unique<PreNormBlock>(config, name, read, std::move(attention),
                                        std::move(feed_forward));
}

std::unique_ptr<Attention> llama_attention(const ModelConfig& config, int64_t layer,
                                           const std::string& name, ParameterReader& read,
                                           const LlamaVariant& variant) {
  return std::make_unique<GroupedQueryAttention>(
      config, name + "self_attn.", read,
      GroupedQueryAttention::Options{.rope = config.rope,
                                     .window = config.window.of(layer),
                                     .qkv_bias = variant.qkv_bias,
                                     .o_bias = variant.o_bias,
                                     .qk_norm = variant.qk_norm});
}

std::unique_ptr<Block> llama_block(const ModelConfig& config, int64_t layer,
                                   const std::string& name, ParameterReader& read,
                                   const LlamaVariant& variant) {
  auto attention = llama_attention(config, layer, name, read, variant);
  auto mlp = std::make_unique<GatedMlp>(config.hidden_size, config.intermediate_size, name + "mlp.",
                                        read, GatedMlp::Options{.bias = variant.mlp_bias});
  return pre_norm_block(config, name, read, std::move(attention), std::move(mlp));
}

}  // namespace fundi::models
