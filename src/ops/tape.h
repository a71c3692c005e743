#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "tensor/tensor.h"

namespace fundi::ops {

// A value on the tape: a tensor and, where wanted, its gradient. Copying copies the handle.
//
// Parameters carry a gradient tensor of their own (f32, allocated by the trainer) into which every
// backward accumulates. Activations get theirs, of the value's dtype, when the first consumer's
// backward writes it.
class Var {
 public:
  Var() = default;
  explicit Var(Tensor value, bool needs_grad = false)
      : node_(std::make_shared<Node>(Node{std::move(value), {}, needs_grad})) {}

  bool defined() const { return node_ != nullptr; }
  const Tensor& value() const { return node_->value; }
  bool needs_grad() const { return node_ && node_->needs_grad; }
  const Tensor& grad() const { return node_->grad; }  // undefined until written
  void set_value(Tensor value) { node_->value = std::move(value); }
  void set_grad(Tensor grad) { node_->grad = std::move(grad), node_->needs_grad = true; }
  void set_needs_grad(bool needs) { node_->needs_grad = needs; }
  void drop_grad() { node_->grad = {}; }

  // Where a backward adds its contribution: the tensor, and whether to add (true) or to assign
  // because nothing was written yet. Allocates on first use.
  struct Sink {
    Tensor tensor;
    bool accumulate;
  };
  Sink grad_sink() const;

 private:
  struct Node {
    Tensor value;
    Tensor grad;
    bool needs_grad = false;
  };
  std::shared_ptr<Node> node_;
};

// Records the backward of each op in the order of the forward calls; backward() runs them in
// reverse and frees each one's saved tensors as it goes. One use, one thread.
class Tape {
 public:
  void record(std::function<void()> backward) { steps_.push_back(std::move(backward)); }
  void backward();
  size_t size() const { return steps_.size(); }

 private:
  std::vector<std::function<void()>> steps_;
};

// What ops need to run: the stream, and the tape when gradients are wanted (null: inference,
// nothing is kept).
struct Context {
  Stream& stream;
  Tape* tape = nullptr;
  bool records(std::initializer_list<const Var*> inputs) const;  // tape and any input needs grad
};

// Runs `block` on `input` without recording and recomputes it in the backward pass, so that only
// `input` is kept (Chen et al. 2016, arXiv:1604.06174). `block` must be a pure function of its
// input and of parameters. Bits are those of the plain call.
Var checkpoint(Context& context, const Var& input,
               const std::function<Var(Context&, const Var&)>& block);

}  // namespace fundi::ops
