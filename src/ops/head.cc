#include "ops/head.h"

#include <algorithm>

#include "ops/add.h"
#include "ops/check.h"
#include "ops/kernel_table.h"
#include "ops/linear.h"

namespace fundi::ops {
namespace {

// Rows a chunk: enough to keep the matrix products efficient, with the f32 logits of a chunk near
// 32 MB whatever the vocabulary.
int64_t chunk_rows(int64_t vocab) {
  constexpr int64_t kLogitsBudget = 8 << 20;
  return std::clamp<int64_t>(kLogitsBudget / std::max<int64_t>(vocab, 1), 64, 1024);
}

// Buffers of one chunk, reused by all of them.
struct Chunk {
  Tensor logits, dlogits;
  Chunk(int64_t rows, const Tensor& x, const Tensor& weight, bool gradient)
      : logits({rows, weight.dim(0)}, DType::kF32, x.device()) {
    if (!gradient) return;
    dlogits = x.dtype() == DType::kF32 ? logits : Tensor(logits.shape(), x.dtype(), x.device());
  }
};

void check_head(const char* op, const Tensor& x, const Tensor& weight, const Tensor& targets) {
  check(x.shape().rank() == 2 && weight.shape().rank() == 2 && x.dim(1) == weight.dim(1), op,
        "x must be [N,C] and weight [V,C]");
  check_dtype(op, "targets", targets, {DType::kI32});
  check_shape(op, "targets", targets, {x.dim(0)});
}

// Logits of a chunk, capped.
void write_logits(Context& context, const Tensor& x, const Head& head, const Tensor& logits) {
  matmul({.a = x, .b = head.weight.value(), .c = logits, .transpose_b = true}, context.stream);
  if (head.softcap > 0) softcap({.logits = logits, .softcap = head.softcap}, context.stream);
}

// One chunk forward, and backward where weights are defined (dx and the weight's sink given).
struct ChunkPass {
  const Tensor& x;
  const Head& head;
  const Tensor& targets;
  const Tensor& log_probs;
  const Tensor& weights;
  const Tensor& dx;
  bool of_log_probs = false;

  void run(Context& context) const {
    const Tensor& weight = head.weight.value();
    const int64_t rows = std::min(chunk_rows(weight.dim(0)), x.dim(0));
    if (rows == 0) return;
    const Chunk chunk(rows, x, weight, weights.defined());
    for (int64_t begin = 0; begin < x.dim(0); begin += rows) {
      step(context, chunk, begin, std::min(rows, x.dim(0) - begin));
    }
  }

  void step(Context& context, const Chunk& chunk, int64_t begin, int64_t n) const {
    Stream& stream = context.stream;
    const Tensor xs = x.rows(begin, n), logits = chunk.logits.rows(0, n);
    write_logits(context, xs, head, logits);
    CrossEntropyRows rows{.logits = logits,
                          .targets = targets.rows(begin, n),
                          .log_probs = log_probs.rows(begin, n),
                          .weights = {},
                          .dlogits = {},
                          .softcap = head.softcap,
                          .of_log_probs = of_log_probs};
    if (weights.defined()) {
      rows.weights = weights.rows(begin, n);
      rows.dlogits = chunk.dlogits.rows(0, n);
    }
    cross_entropy_rows(rows, stream);
    if (!weights.defined()) return;
    if (dx.defined()) {
      matmul({.a = rows.dlogits, .b = head.weight.value(), .c = dx.rows(begin, n)}, stream);
    }
    if (head.weight.needs_grad()) {
      const auto [dw, accumulate] = head.weight.grad_sink();
      matmul({.a = rows.dlogits, .b = xs, .c = dw, .transpose_a = true, .accumulate = accumulate},
             stream);
    }
  }
};

}  // namespace

void softcap(const Softcap& args, Stream& stream) {
  constexpr const char* kOp = "softcap";
  check_dtype(kOp, "logits", args.logits, {DType::kF32});
  check(args.softcap > 0, kOp, "the cap must be positive");
  dispatch(kOp, &KernelTable::softcap, args, stream);
}

void cross_entropy_rows(const CrossEntropyRows& args, Stream& stream) {
  constexpr const char* kOp = "cross_entropy_rows";
  check_dtype(kOp, "logits", args.logits, {DType::kF32});
  check(args.logits.shape().rank() == 2 && args.logits.dim(1) > 0, kOp, "logits must be [N,V]");
  const Shape rows{args.logits.dim(0)};
  check_shape(kOp, "targets", args.targets, rows);
  check_shape(kOp, "log_probs", args.log_probs, rows);
  if (args.weights.defined()) {
    check_shape(kOp, "weights", args.weights, rows);
    check_shape(kOp, "dlogits", args.dlogits, args.logits.shape());
  }
  dispatch(kOp, &KernelTable::cross_entropy_rows, args, stream);
}

Tensor head_loss(Context& context, const Var& x, const Head& head, const Tensor& targets,
                 const Tensor& weights) {
  const Tensor& value = x.value();
  check_head("head_loss", value, head.weight.value(), targets);
  check_shape("head_loss", "weights", weights, {value.dim(0)});
  const Tensor log_probs({value.dim(0)}, DType::kF32, value.device());
  const bool records = context.records({&x, &head.weight});
  const Tensor dx =
      records && x.needs_grad() ? Tensor(value.shape(), value.dtype(), value.device()) : Tensor();
  ChunkPass{value, head, targets, log_probs, records ? weights : Tensor(), dx}.run(context);
  if (dx.defined()) {
    Stream& stream = context.stream;
    context.tape->record([&stream, x, dx] { accumulate_grad(x, dx, stream); });
  }
  return log_probs;
}

Var token_log_probs(Context& context, const Var& x, const Head& head, const Tensor& targets) {
  const Tensor& value = x.value();
  check_head("token_log_probs", value, head.weight.value(), targets);
  Var log_probs(Tensor({value.dim(0)}, DType::kF32, value.device()));
  ChunkPass{value, head, targets, log_probs.value(), {}, {}}.run(context);
  if (!context.records({&x, &head.weight})) return log_probs;
  log_probs.set_needs_grad(true);
  Stream& stream = context.stream;
  context.tape->record([&stream, x, head, targets, log_probs] {
    const Tensor& input = x.value();
    const Tensor dx =
        x.needs_grad() ? Tensor(input.shape(), input.dtype(), input.device()) : Tensor();
    Context inner{stream};
    ChunkPass{input, head, targets, log_probs.value(), log_probs.grad(), dx, true}.run(inner);
    if (dx.defined()) accumulate_grad(x, dx, stream);
  });
  return log_probs;
}

Tensor head_logits(Context& context, const Tensor& x, const Head& head) {
  Tensor logits({x.dim(0), head.weight.value().dim(0)}, DType::kF32, x.device());
  write_logits(context, x, head, logits);
  return logits;
}

}  // namespace fundi::ops
