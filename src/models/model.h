#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "models/config.h"
#include "ops/attention.h"
#include "ops/tape.h"

namespace fundi::models {

// A weight by its Hugging Face name.
struct Parameter {
  std::string name;
  ops::Var var;
  bool is_matrix = true;  // false for norms and biases: no weight decay
  bool is_embedding = false;
};

// Keys and values of one sequence, a pair of [capacity,G,D] tensors a layer. Grows by doubling.
// Host memory; `config` is a model's (complete).
class KvCache {
 public:
  KvCache(const ModelConfig& config, DType dtype, int64_t capacity = 64);
  int64_t length() const { return length_; }
  void truncate(int64_t length);  // kInvalidArgument where it is not within the length
  size_t bytes() const;
  // Copies rows [begin, begin+count) of k and v ([N,G*D]) behind what layer `layer` holds;
  // the caller advances the length once all layers are written.
  void append(int64_t layer, const Tensor& k, const Tensor& v, int64_t begin, int64_t count);
  void advance(int64_t count) { length_ += count; }
  const Tensor& k(int64_t layer) const { return layers_[static_cast<size_t>(layer)].k; }
  const Tensor& v(int64_t layer) const { return layers_[static_cast<size_t>(layer)].v; }

 private:
  struct Layer {
    Tensor k, v;
  };
  void reserve(int64_t rows);
  std::vector<Layer> layers_;
  int64_t length_ = 0;
  int64_t capacity_ = 0;
};

// Documents laid end to end: the form in which every model takes its input. No padding exists.
struct Batch {
  Tensor ids;        // [N] i32
  Tensor positions;  // [N] i32, restarting at each document
  std::shared_ptr<const std::vector<ops::AttentionSegment>> segments;
  // One cache a segment (inference), or empty: then each segment attends within the batch only.
  std::vector<KvCache*> caches;

  // Documents of the given token ids; positions and segments follow. An empty document is
  // kInvalidArgument, named by its index.
  static Batch of_documents(const std::vector<std::span<const int32_t>>& documents);
  // New tokens (at least one) of sequences whose earlier tokens are in `caches`, each another one.
  // hidden() advances the caches; the batch is for one call.
  static Batch continuing(const std::vector<std::span<const int32_t>>& tokens,
                          const std::vector<KvCache*>& caches);
};

struct ForwardOptions {
  bool checkpoint_blocks = false;  // recompute each block in the backward pass
};

// A decoder. One instance serves one thread at a time; weights may be shared (mapped) memory.
class Model {
 public:
  virtual ~Model() = default;
  virtual const ModelConfig& config() const = 0;
  virtual DType dtype() const = 0;
  // Final hidden states, after the last norm: [N,C]. Ids are checked against the vocabulary:
  // kInvalidArgument names the position.
  virtual ops::Var hidden(ops::Context& context, const Batch& batch,
                          const ForwardOptions& options = {}) = 0;
  // The head's weight [V,C]: the embedding itself when tied.
  virtual const ops::Var& head() const = 0;
  // In the order of the checkpoint; the tied head is not listed.
  virtual std::vector<Parameter>& parameters() = 0;
};

// f32 logits [rows,V] of the given rows of hidden states.
Tensor logits_of(ops::Context& context, const Model& model, const Tensor& hidden,
                 std::span<const int64_t> rows);

int64_t parameter_count(Model& model);

// Copies weights that live in a mapped file into memory of their own, so that they can be trained.
void own_weights(Model& model);

}  // namespace fundi::models
