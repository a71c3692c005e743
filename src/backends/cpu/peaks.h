#pragma once

#include <cstdint>

#include "tensor/dtype.h"

namespace fundi::cpu {

// What this machine can do at best, measured now: the yardsticks that benchmarks divide by.

// Floating-point operations a second of one [m,k] x [k,n] product by oneDNN with all threads, b
// packed beforehand; the median over about `seconds`.
double matmul_flops_per_second(int64_t m, int64_t n, int64_t k, DType dtype, double seconds);

// Bytes a second that all threads together read from memory: `bytes` are read over and over for
// about `seconds`; the median pass. Choose bytes well above the last-level cache.
double memory_bytes_per_second(size_t bytes, double seconds);

}  // namespace fundi::cpu
