#pragma once

#include <memory>
#include <string>

#include "models/arch/parameters.h"
#include "models/model.h"

namespace fundi::models {

// What a layer needs besides its input.
struct LayerInput {
  const Batch& batch;
  int64_t layer;
  std::shared_ptr<RoutingStatistics> routing{};  // null: not wanted
};

// The parts that decoder blocks are put together from. Each is a pure function of its input, of
// parameters and of the batch, so that blocks can be recomputed; with caches, attention appends.
class Attention {
 public:
  virtual ~Attention() = default;
  virtual ops::Var forward(ops::Context& context, const ops::Var& x,
                           const LayerInput& in) const = 0;
  virtual KvLayout kv_layout() const = 0;
};

class FeedForward {
 public:
  virtual ~FeedForward() = default;
  virtual ops::Var forward(ops::Context& context, const ops::Var& x,
                           const LayerInput& in) const = 0;
};

class Block {
 public:
  virtual ~Block() = default;
  virtual ops::Var forward(ops::Context& context, const ops::Var& x,
                           const LayerInput& in) const = 0;
  virtual KvLayout kv_layout() const = 0;
};

// Makes block `layer`, whose parameters are called `name` and on ("model.layers.3.").
using BlockMaker = std::unique_ptr<Block> (*)(const ModelConfig& config, int64_t layer,
                                              const std::string& name, ParameterReader& read);

// Embedding, blocks, final norm, head: the shape of every decoder here.
struct DecoderOptions {
  bool scales_embedding = false;  // by sqrt(hidden_size), rounded to the model's dtype
  float norm_offset = 0.0f;       // of the final norm
};
std::unique_ptr<Model> make_decoder(const ModelConfig& config, WeightSource& weights,
                                    BlockMaker make_block, const DecoderOptions& options = {});

}  // namespace fundi::models
