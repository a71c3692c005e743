#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "models/config.h"
#include "models/kv_cache.h"
#include "models/routing_statistics.h"
#include "ops/attention.h"
#include "ops/head.h"
#include "ops/tape.h"

namespace fundi::models {

// A weight by its Hugging Face name.
struct Parameter {
  std::string name;
  ops::Var var;
  bool is_matrix = true;  // false for norms and biases: no weight decay
  bool is_embedding = false;
  bool is_trained = true;  // false: a buffer, no gradient reaches it
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
  bool checkpoint_blocks = false;                // recompute each block in the backward pass
  std::shared_ptr<RoutingStatistics> routing{};  // to be filled by layers of experts
};

// A decoder. One instance serves one thread at a time; weights may be shared (mapped) memory.
class Model {
 public:
  virtual ~Model() = default;
  virtual const ModelConfig& config() const = 0;
  // Of activations, norms and biases: f32 or bf16. Matrices may be stored in another type.
  virtual DType dtype() const = 0;
  // What a KvCache for this model keeps.
  virtual std::vector<KvLayout> kv_layout() const = 0;
  // Final hidden states, after the last norm: [N,C]. Ids are checked against the vocabulary:
  // kInvalidArgument names the position.
  virtual ops::Var hidden(ops::Context& context, const Batch& batch,
                          const ForwardOptions& options = {}) = 0;
  // The head, its weight the embedding itself when tied.
  virtual const ops::Head& head() const = 0;
  // In the order of the checkpoint; the tied head is not listed.
  virtual std::vector<Parameter>& parameters() = 0;
};

// f32 logits [rows,V] of the given rows of hidden states.
Tensor logits_of(ops::Context& context, const Model& model, const Tensor& hidden,
                 std::span<const int64_t> rows);

int64_t parameter_count(Model& model);

// What to keep keys and values in where nobody chose: the model's dtype, or f16 where matrices are
// stored in fewer bits than activations have.
DType default_cache_dtype(Model& model);

// Copies weights that live in a mapped file into memory of their own, so that they can be trained.
void own_weights(Model& model);

}  // namespace fundi::models
