#include "backends/all.h"
#include "backends/cpu/kernels.h"

namespace fundi::backends {
namespace {

constexpr ops::KernelTable kCpuKernels{
    .matmuls = cpu::matmuls,
    .bias_backward = cpu::bias_backward,
    .embedding_forward = cpu::embedding_forward,
    .embedding_backward = cpu::embedding_backward,
    .rms_norm_forward = cpu::rms_norm_forward,
    .rms_norm_backward = cpu::rms_norm_backward,
    .rope = cpu::rope,
    .attention_forward = cpu::attention_forward,
    .attention_backward = cpu::attention_backward,
    .glu_forward = cpu::glu_forward,
    .glu_backward = cpu::glu_backward,
    .add = cpu::add,
    .scale = cpu::scale,
    .copy_part = cpu::copy_part,
    .route_forward = cpu::route_forward,
    .route_backward = cpu::route_backward,
    .gather_tokens = cpu::gather_tokens,
    .combine_tokens = cpu::combine_tokens,
    .combine_weights_backward = cpu::combine_weights_backward,
    .softcap = cpu::softcap,
    .cross_entropy_rows = cpu::cross_entropy_rows,
    .adamw = cpu::adamw,
    .squared_norm = cpu::squared_norm,
};

}  // namespace

void install_all() { ops::install_kernels(DeviceKind::kCpu, &kCpuKernels); }

}  // namespace fundi::backends
