#include "ops/attention.h"

#include "ops/check.h"
#include "ops/kernel_table.h"

namespace fundi::ops {
namespace {

void check_mask(const char* op, const AttentionMask& mask) {
  check(mask.scale >= 0 && mask.window >= 0 && mask.softcap >= 0, op,
        "scale, window and softcap must not be negative");
}

void check_segments(const char* op, const std::vector<AttentionSegment>& segments, const Tensor& q,
                    const Tensor& k, const Tensor& v, const Tensor& out) {
  for (const AttentionSegment& s : segments) {
    const Tensor& keys = s.k.defined() ? s.k : k;
    check(keys.defined() && keys.shape().rank() == 3 && keys.dim(2) == q.dim(2), op,
          "k must be [N,G,D] with the head size of q");
    const Tensor& values = s.k.defined() ? s.v : v;
    if (values.defined()) {
      check(values.shape().rank() == 3 && values.dim(0) == keys.dim(0) &&
                values.dim(1) == keys.dim(1) && values.dim(2) == out.dim(2),
            op, "v must be [N,G,E] with the rows of k and the head size of out");
    } else {
      check(s.k.defined() && out.dim(2) <= keys.dim(2), op,
            "without v, the head size of out must not be above that of k");
    }
    check(keys.dim(1) > 0 && q.dim(1) % keys.dim(1) == 0, op,
          "the number of heads must be a multiple of the number of key-value heads");
    for (const Tensor& t : {s.k, s.v}) {
      if (!t.defined()) continue;
      check_dtype(op, "a segment's own k or v", t,
                  {DType::kF32, DType::kBF16, DType::kF16, DType::kQ8_0});
      check(t.dim(2) % info(t.dtype()).block_elements == 0, op,
            "the head size of a cache must fill whole blocks of its type (q8_0: 32 elements)");
    }
    check(s.k.defined() || (k.dtype() == q.dtype() && v.dtype() == q.dtype()), op,
          "k and v must have the dtype of q");
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
  check_mask(kOp, args.mask);
  check(args.out.shape().rank() == 3 && args.out.dim(0) == args.q.dim(0) &&
            args.out.dim(1) == args.q.dim(1),
        kOp, "out must be [N,H,E]");
  check_dtype(kOp, "out", args.out, {args.q.dtype()});
  check_segments(kOp, *args.segments, args.q, args.k, args.v, args.out);
  if (args.lse.defined()) check_shape(kOp, "lse", args.lse, {args.q.dim(1), args.q.dim(0)});
  dispatch(kOp, &KernelTable::attention_forward, args, stream);
}

void attention_backward(const AttentionBackward& args, Stream& stream) {
  constexpr const char* kOp = "attention_backward";
  check(args.segments != nullptr, kOp, "segments are missing");
  check_mask(kOp, args.mask);
  check_segments(kOp, *args.segments, args.q, args.k, args.v, args.out);
  for (const AttentionSegment& s : *args.segments) {
    check(!s.k.defined(), kOp, "segments with caches of their own have no gradient");
  }
  check_shape(kOp, "dout", args.dout, args.out.shape());
  check_shape(kOp, "dq", args.dq, args.q.shape());
  check_shape(kOp, "dk", args.dk, args.k.shape());
  check_shape(kOp, "dv", args.dv, args.v.shape());
  dispatch(kOp, &KernelTable::attention_backward, args, stream);
}

Var attention(Context& context, const Var& q, const Var& k, const Var& v,
              const std::shared_ptr<const std::vector<AttentionSegment>>& segments,
              int64_t head_dim, const AttentionMask& mask, int64_t value_dim) {
  const auto heads = [](const Tensor& t, int64_t width) {
    if (!t.defined()) return t;
    check(t.shape().rank() == 2 && t.dim(1) % width == 0, "attention", "q, k, v must be [N, H*D]");
    return t.reshape({t.dim(0), t.dim(1) / width, width});
  };
  const Tensor& value = q.value();
  const int64_t D = head_dim, E = value_dim > 0 ? value_dim : head_dim;
  const auto value_of = [](const Var& x) { return x.defined() ? x.value() : Tensor(); };
  Var out(Tensor({value.dim(0), value.dim(1) / D * E}, value.dtype(), value.device()));
  const bool records = context.records({&q, &k, &v});
  for (size_t i = 0; records && i < segments->size(); ++i) {
    check(!(*segments)[i].k.defined(), "attention",
          "segments with caches of their own are for inference only");
  }
  const Tensor lse =
      records ? Tensor({value.dim(1) / D, value.dim(0)}, DType::kF32, value.device()) : Tensor();
  Stream& stream = context.stream;
  attention_forward({.q = heads(value, D),
                     .k = heads(value_of(k), D),
                     .v = heads(value_of(v), E),
                     .out = heads(out.value(), E),
                     .lse = lse,
                     .segments = segments.get(),
                     .mask = mask},
                    stream);
  if (!records) return out;
  out.set_needs_grad(true);
  context.tape->record([&stream, q, k, v, out, lse, segments, heads, mask, D, E] {
    const auto dq = q.grad_sink(), dk = k.grad_sink(), dv = v.grad_sink();
    attention_backward({.q = heads(q.value(), D),
                        .k = heads(k.value(), D),
                        .v = heads(v.value(), E),
                        .out = heads(out.value(), E),
                        .lse = lse,
                        .dout = heads(out.grad(), E),
                        .dq = heads(dq.tensor, D),
                        .dk = heads(dk.tensor, D),
                        .dv = heads(dv.tensor, E),
                        .segments = segments.get(),
                        .mask = mask,
                        .accumulate_dq = dq.accumulate,
                        .accumulate_dk = dk.accumulate,
                        .accumulate_dv = dv.accumulate},
                       stream);
  });
  return out;
}

}  // namespace fundi::ops
