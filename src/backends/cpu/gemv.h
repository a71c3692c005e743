#pragma once

#include "ops/linear.h"

namespace fundi::cpu {

// c = a b^T for few rows of a, as in decoding: b is read once, in its stored form, at the speed of
// memory.
bool gemv_applies(const ops::Matmul& args);
void gemv(const ops::Matmul& args);

}  // namespace fundi::cpu
