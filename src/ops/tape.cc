#include "ops/tape.h"

#include "ops/add.h"

namespace fundi::ops {

Var::Sink Var::grad_sink() const {
  Node& node = *node_;
  if (node.grad.defined()) return {node.grad, true};
  node.grad = Tensor(node.value.shape(), node.value.dtype(), node.value.device());
  return {node.grad, false};
}

void Tape::backward() {
  while (!steps_.empty()) {
    auto step = std::move(steps_.back());
    steps_.pop_back();
    step();
  }
}

bool Context::records(std::initializer_list<const Var*> inputs) const {
  if (tape == nullptr) return false;
  for (const Var* input : inputs) {
    if (input->needs_grad()) return true;
  }
  return false;
}

Var checkpoint(Context& context, const Var& input,
               const std::function<Var(Context&, const Var&)>& block) {
  if (context.tape == nullptr) return block(context, input);
  Context forward{context.stream, nullptr};
  Var output(block(forward, input).value(), true);
  Stream& stream = context.stream;
  context.tape->record([&stream, input, output, block] {
    Tape inner_tape;
    Context inner{stream, &inner_tape};
    // A fresh leaf over the same tensor: the inner backward leaves its gradient in it.
    Var leaf(input.value(), true);
    Var recomputed = block(inner, leaf);
    recomputed.set_grad(output.grad());
    inner_tape.backward();
    if (!input.needs_grad()) return;
    Var target = input;
    if (target.grad().defined()) {
      accumulate_grad(target, leaf.grad(), stream);
    } else {
      target.set_grad(leaf.grad());
    }
  });
  return output;
}

}  // namespace fundi::ops
