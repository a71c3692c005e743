#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "formats/safetensors.h"
#include "models/model.h"
#include "tensor/device.h"

namespace fundi::train {

struct AdamWOptions {
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-8;
  double weight_decay = 0;
  bool decay_embeddings = true;
  double max_grad_norm = 1.0;  // 0: no clipping
};

// AdamW (Loshchilov & Hutter 2019, arXiv:1711.05101) over a model's parameters. Owns the moments
// and, where the model is bf16, the f32 master weights; gives each parameter its f32 gradient and
// weights of its own where they lay in a mapped file. Norms and biases are never decayed.
// Bytes a parameter: 16 for f32 models, 18 for bf16.
class Optimizer {
 public:
  // The model must outlive the optimizer.
  Optimizer(models::Model& model, const AdamWOptions& options);

  // sqrt of the sum of squares of all gradients.
  double grad_norm(Stream& stream) const;
  // Update number `step`, counted from 1, with gradients scaled down so that their norm, which is
  // `grad_norm`, does not exceed max_grad_norm. Leaves the gradients zero.
  void step(int64_t step, double learning_rate, double grad_norm, Stream& stream);

  // Masters ("master."), first and second moments ("m.", "v.") by the names of the parameters. The
  // tensors are the optimizer's own, not copies.
  std::vector<formats::NamedTensor> state() const;
  // Reads what state() gave. Throws kCorruptData naming file and tensor where it does not fit.
  void load(const std::filesystem::path& path);

 private:
  struct Slot {
    Tensor master, m, v;
    double weight_decay = 0;
  };
  bool has_masters() const { return model_.dtype() != DType::kF32; }
  models::Model& model_;
  AdamWOptions options_;
  std::vector<models::Parameter*> parameters_;  // those that are trained
  std::vector<Slot> slots_;                     // one a parameter, in their order
};

}  // namespace fundi::train
