#pragma once

#include <span>

#include "ops/linear.h"

namespace fundi::cpu {

// c = a b for few rows of a and b [K,N] as it lies: rows of b are added up, and b is read once.
// Several products are shared out among the threads together.
bool few_rows_applies(const ops::Matmul& args);
void few_rows_products(std::span<const ops::Matmul> products);

}  // namespace fundi::cpu
