#pragma once

#include <span>

#include "ops/kernel_table.h"

namespace fundi::cpu {

// The kernels of this backend; contracts are those of ops/.
void matmuls(const std::span<const ops::Matmul>&, Stream&);
void bias_backward(const ops::BiasBackward&, Stream&);
void embedding_forward(const ops::EmbeddingForward&, Stream&);
void embedding_backward(const ops::EmbeddingBackward&, Stream&);
void rms_norm_forward(const ops::RmsNormForward&, Stream&);
void rms_norm_backward(const ops::RmsNormBackward&, Stream&);
void rope(const ops::Rope&, Stream&);
void attention_forward(const ops::AttentionForward&, Stream&);
void attention_backward(const ops::AttentionBackward&, Stream&);
void glu_forward(const ops::GluForward&, Stream&);
void glu_backward(const ops::GluBackward&, Stream&);
void add(const ops::Add&, Stream&);
void scale(const ops::Scale&, Stream&);
void copy_part(const ops::CopyPart&, Stream&);
void route_forward(const ops::RouteForward&, Stream&);
void route_backward(const ops::RouteBackward&, Stream&);
void gather_tokens(const ops::GatherTokens&, Stream&);
void combine_tokens(const ops::CombineTokens&, Stream&);
void combine_weights_backward(const ops::CombineWeightsBackward&, Stream&);
void softcap(const ops::Softcap&, Stream&);
void cross_entropy_rows(const ops::CrossEntropyRows&, Stream&);
void adamw(const ops::AdamW&, Stream&);
void squared_norm(const ops::SquaredNorm&, Stream&);

}  // namespace fundi::cpu
