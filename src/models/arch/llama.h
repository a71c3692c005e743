#pragma once

#include <memory>

#include "models/arch/all.h"

namespace fundi::models {

// Llama (Touvron et al. 2023, arXiv:2302.13971): pre-norm decoder with RMSNorm, rotary positions,
// grouped-query attention (Ainslie et al. 2023, arXiv:2305.13245) and a SwiGLU feed-forward.
//   h = x + W_o attention(rope(W_q n), rope(W_k n), W_v n),  n = rms_norm(x)
//   y = h + W_down swiglu(W_gate m, W_up m),                 m = rms_norm(h)
std::unique_ptr<Model> make_llama(const ModelConfig& config, WeightSource& weights);

}  // namespace fundi::models
