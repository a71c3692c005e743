#pragma once

#include "ops/tape.h"

namespace fundi::ops {

// Copies elements [x_first, x_first + width) of each head of x to [y_first, y_first + width) of y;
// the rest of y stays as it is.
//   x: [N,H,Dx], or [H,N,Dx] with x_by_head   y: [N,H,Dy], or [H,N,Dy] with y_by_head   one float
//   dtype. Where x has one head and y more, each of y's gets it; where y has one and x more, it
//   gets their sum, added up in f32.
// With accumulate, y += instead of y =.
struct CopyPart {
  Tensor x, y;
  int64_t x_first = 0, y_first = 0, width = 0;
  bool x_by_head = false, y_by_head = false;
  bool accumulate = false;
};
void copy_part(const CopyPart& args, Stream& stream);

// Elements [first, first + width) of each head: [N, H*head_dim] -> [N, H*width].
Var slice_heads(Context& context, const Var& x, int64_t head_dim, int64_t first, int64_t width);

// Heads put together from two parts: [N, H*A] and [N, H*B] -> [N, H*(A+B)], where b may have a
// single head that all of a's share ([N, B]).
Var join_heads(Context& context, const Var& a, int64_t a_dim, const Var& b, int64_t b_dim);

}  // namespace fundi::ops
