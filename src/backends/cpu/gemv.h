#pragma once

#include <span>

#include "ops/linear.h"

namespace fundi::cpu {

// c = a b^T for few rows of a, as in decoding: b is read once, in its stored form, at the speed of
// memory. Several products are shared out among the threads as if they were one.
bool gemv_applies(const ops::Matmul& args);
void gemvs(std::span<const ops::Matmul> products);

}  // namespace fundi::cpu
