#include "train/optimizer.h"

#include <cmath>

#include "base/error.h"
#include "ops/kernel_table.h"
#include "ops/optimizer.h"

namespace fundi::train {
namespace {

// Masters are the parameters in f32; nothing is lost, since bf16 is a prefix of f32.
Tensor master_of(const Tensor& weights) { return weights.to_f32(); }

// Weights that may be written to.
Tensor owned(const Tensor& weights) {
  if (!weights.buffer()->external()) return weights;
  Tensor copy(weights.shape(), weights.dtype());
  copy.copy_from(weights);
  return copy;
}

void restore(const formats::SafetensorsFile& file, const std::filesystem::path& path,
             const std::string& name, const Tensor& target) {
  if (!file.has(name)) {
    fail(ErrorCode::kCorruptData, "{}: tensor '{}' is missing; the checkpoint is of another model",
         path.string(), name);
  }
  const Tensor source = file.tensor(name);
  if (source.dtype() != target.dtype() || !(source.shape() == target.shape())) {
    fail(ErrorCode::kCorruptData, "{}: tensor '{}' is {}, but the model needs {}", path.string(),
         name, source.to_string(), target.to_string());
  }
  target.copy_from(source);
}

}  // namespace

Optimizer::Optimizer(models::Model& model, const AdamWOptions& options)
    : model_(model), options_(options) {
  for (models::Parameter& parameter : model_.parameters()) {
    if (!parameter.is_trained) continue;
    parameters_.push_back(&parameter);
    const Tensor weights = owned(parameter.var.value());
    const Shape& shape = weights.shape();
    parameter.var.set_value(weights);
    parameter.var.set_grad(Tensor::zeros(shape, DType::kF32));
    const bool decays =
        parameter.is_matrix && (options.decay_embeddings || !parameter.is_embedding);
    slots_.push_back({.master = has_masters() ? master_of(weights) : weights,
                      .m = Tensor::zeros(shape, DType::kF32),
                      .v = Tensor::zeros(shape, DType::kF32),
                      .weight_decay = decays ? options.weight_decay : 0});
  }
}

double Optimizer::grad_norm(Stream& stream) const {
  const Tensor square({1}, DType::kF32);
  double sum = 0;
  for (const models::Parameter* parameter : parameters_) {
    ops::squared_norm({.x = parameter->var.grad(), .out = square}, stream);
    sum += *square.data<float>();
  }
  return std::sqrt(sum);
}

void Optimizer::step(int64_t step, double learning_rate, double grad_norm, Stream& stream) {
  const bool clips = options_.max_grad_norm > 0 && grad_norm > options_.max_grad_norm;
  const double scale = clips ? options_.max_grad_norm / grad_norm : 1.0;
  for (size_t i = 0; i < slots_.size(); ++i) {
    const Slot& slot = slots_[i];
    const ops::Var& var = parameters_[i]->var;
    ops::adamw({.master = slot.master,
                .m = slot.m,
                .v = slot.v,
                .grad = var.grad(),
                .param = has_masters() ? var.value() : Tensor(),
                .learning_rate = static_cast<float>(learning_rate),
                .beta1 = static_cast<float>(options_.beta1),
                .beta2 = static_cast<float>(options_.beta2),
                .eps = static_cast<float>(options_.epsilon),
                .weight_decay = static_cast<float>(slot.weight_decay),
                .grad_scale = static_cast<float>(scale),
                .step = step},
               stream);
  }
}

std::vector<formats::NamedTensor> Optimizer::state() const {
  std::vector<formats::NamedTensor> tensors;
  for (size_t i = 0; i < slots_.size(); ++i) {
    const std::string& name = parameters_[i]->name;
    if (has_masters()) tensors.push_back({"master." + name, slots_[i].master});
    tensors.push_back({"m." + name, slots_[i].m});
    tensors.push_back({"v." + name, slots_[i].v});
  }
  return tensors;
}

void Optimizer::load(const std::filesystem::path& path) {
  const auto file = formats::SafetensorsFile::open(path);
  for (const formats::NamedTensor& own : state()) restore(file, path, own.name, own.tensor);
}

}  // namespace fundi::train
