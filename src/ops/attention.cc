#include "ops/attention.h"

#include "ops/check.h"
#include "ops/kernel_table.h"

namespace fundi::ops {
namespace {

void check_segments(const char* op, const std::vector<AttentionSegment>& segments, const Tensor& q,
                    const Tensor& k) {
  for (const AttentionSegment& s : segments) {
    const Tensor& keys = s.k.defined() ? s.k : k;
    check(keys.defined() && keys.shape().rank() == 3 && keys.dim(2) == q.dim(2), op,
          "k must be [N,G,D] with the head size of q");
    check(keys.dim(1) > 0 && q.dim(1) % keys.dim(1) == 0, op,
          "the number of heads must be a multiple of the number of key-value heads");
    check(s.q_begin >= 0 && s.q_count >= 0 && s.q_begin + s.q_count <= q.dim(0), op,
          "a segment's queries lie outside q");
    check(s.k_begin >= 0 && s.k_count >= s.q_count && s.k_begin + s.k_count <= keys.dim(0), op,
          "a segment's keys lie outside k, or are fewer than its queries");
  }
}

}  // namespace

void attention_forward(const AttentionForward& args, Stream& stream) {
  constexpr const char* kOp = "attention_forward";
  check(args.q.shape().rank() == 3 && args.segments != nullptr, kOp, "q must be [N,H,D]");
  check_float(kOp, "q", args.q);
  check_segments(kOp, *args.segments, args.q, args.k);
  check_shape(kOp, "out", args.out, args.q.shape());
  if (args.lse.defined()) check_shape(kOp, "lse", args.lse, {args.q.dim(1), args.q.dim(0)});
  dispatch(kOp, &KernelTable::attention_forward, args, stream);
}

void attention_backward(const AttentionBackward& args, Stream& stream) {
  constexpr const char* kOp = "attention_backward";
  check(args.segments != nullptr, kOp, "segments are missing");
  check_segments(kOp, *args.segments, args.q, args.k);
  check_shape(kOp, "dout", args.dout, args.q.shape());
  check_shape(kOp, "dq", args.dq, args.q.shape());
  check_shape(kOp, "dk", args.dk, args.k.shape());
  check_shape(kOp, "dv", args.dv, args.v.shape());
  dispatch(kOp, &KernelTable::attention_backward, args, stream);
}

Var attention(Context& context, const Var& q, const Var& k, const Var& v,
              const std::shared_ptr<const std::vector<AttentionSegment>>& segments,
              int64_t head_dim, float scale) {
  const auto heads = [head_dim](const Tensor& t) {
    check(t.shape().rank() == 2 && t.dim(1) % head_dim == 0, "attention", "q, k, v must be [N, H*D]");
    return t.reshape({t.dim(0), t.dim(1) / head_dim, head_dim});
  };
  const Tensor& value = q.value();
  Var out(Tensor(value.shape(), value.dtype(), value.device()));
  const bool records = context.records({&q, &k, &v});
  const Tensor lse = records ? Tensor({value.dim(1) / head_dim, value.dim(0)}, DType::kF32, value.device())
                             : Tensor();
  Stream& stream = context.stream;
  attention_forward({.q = heads(value),
                     .k = heads(k.value()),
                     .v = heads(v.value()),
                     .out = heads(out.value()),
                     .lse = lse,
                     .segments = segments.get(),
                     .scale = scale},
                    stream);
  if (!records) return out;
  out.set_needs_grad(true);
  context.tape->record([&stream, q, k, v, out, lse, segments, heads, scale] {
    const auto dq = q.grad_sink(), dk = k.grad_sink(), dv = v.grad_sink();
    attention_backward({.q = heads(q.value()),
                        .k = heads(k.value()),
                        .v = heads(v.value()),
                        .out = heads(out.value()),
                        .lse = lse,
                        .dout = heads(out.grad()),
                        .dq = heads(dq.tensor),
                        .dk = heads(dk.tensor),
                        .dv = heads(dv.tensor),
                        .segments = segments.get(),
                        .scale = scale,
                        .accumulate_dq = dq.accumulate,
                        .accumulate_dk = dk.accumulate,
                        .accumulate_dv = dv.accumulate},
                       stream);
  });
  return out;
}

}  // namespace fundi::ops
