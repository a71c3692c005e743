#pragma once

#include <span>

#include "ops/linear.h"

namespace fundi::cpu {

// c = a b^T for many rows of a and a block-quantised b on processors with VNNI, by products of
// bytes: a in 8-bit blocks (activations.h), 64 rows of b at a time unpacked to bytes and laid side
// by side, which pays from a few rows of a on. The bits depend on neither thread count nor which
// products are computed together.
bool panel_product_applies(const ops::Matmul& args);
void panel_products(std::span<const ops::Matmul> products);

}  // namespace fundi::cpu
