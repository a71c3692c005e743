#pragma once

#include <span>

#include "tensor/device.h"

namespace fundi::ops {

struct Matmul;
struct BiasBackward;
struct EmbeddingForward;
struct EmbeddingBackward;
struct RmsNormForward;
struct RmsNormBackward;
struct Rope;
struct AttentionForward;
struct AttentionBackward;
struct GluForward;
struct GluBackward;
struct Add;
struct Scale;
struct CopyPart;
struct RouteForward;
struct RouteBackward;
struct GatherTokens;
struct CombineTokens;
struct CombineWeightsBackward;
struct Softcap;
struct CrossEntropyRows;
struct AdamW;
struct SquaredNorm;

// What a backend can do: one typed function pointer a kernel, filled by the backend. Null means the
// device cannot do it, and the op throws kUnsupported naming op and device: there is never a silent
// fallback to another device. A kernel checks the dtypes it supports; the op has checked shapes.
struct KernelTable {
  void (*matmuls)(const std::span<const Matmul>&, Stream&) = nullptr;
  void (*bias_backward)(const BiasBackward&, Stream&) = nullptr;
  void (*embedding_forward)(const EmbeddingForward&, Stream&) = nullptr;
  void (*embedding_backward)(const EmbeddingBackward&, Stream&) = nullptr;
  void (*rms_norm_forward)(const RmsNormForward&, Stream&) = nullptr;
  void (*rms_norm_backward)(const RmsNormBackward&, Stream&) = nullptr;
  void (*rope)(const Rope&, Stream&) = nullptr;
  void (*attention_forward)(const AttentionForward&, Stream&) = nullptr;
  void (*attention_backward)(const AttentionBackward&, Stream&) = nullptr;
  void (*glu_forward)(const GluForward&, Stream&) = nullptr;
  void (*glu_backward)(const GluBackward&, Stream&) = nullptr;
  void (*add)(const Add&, Stream&) = nullptr;
  void (*scale)(const Scale&, Stream&) = nullptr;
  void (*copy_part)(const CopyPart&, Stream&) = nullptr;
  void (*route_forward)(const RouteForward&, Stream&) = nullptr;
  void (*route_backward)(const RouteBackward&, Stream&) = nullptr;
  void (*gather_tokens)(const GatherTokens&, Stream&) = nullptr;
  void (*combine_tokens)(const CombineTokens&, Stream&) = nullptr;
  void (*combine_weights_backward)(const CombineWeightsBackward&, Stream&) = nullptr;
  void (*softcap)(const Softcap&, Stream&) = nullptr;
  void (*cross_entropy_rows)(const CrossEntropyRows&, Stream&) = nullptr;
  void (*adamw)(const AdamW&, Stream&) = nullptr;
  void (*squared_norm)(const SquaredNorm&, Stream&) = nullptr;
};

// Installed once a device kind at start-up (backends/all.h), before any op runs.
void install_kernels(DeviceKind kind, const KernelTable* table);

// The kernel of `stream`'s device, or kUnsupported: "rms_norm_forward: not available on cuda:0".
template <typename Args>
using Kernel = void (*)(const Args&, Stream&);
const KernelTable& kernels_of(Device device);
[[noreturn]] void fail_unsupported(const char* op, Device device);

template <typename Args>
void dispatch(const char* op, Kernel<Args> KernelTable::*kernel, const Args& args, Stream& stream) {
  const auto function = kernels_of(stream.device()).*kernel;
  if (function == nullptr) fail_unsupported(op, stream.device());
  function(args, stream);
}

}  // namespace fundi::ops
