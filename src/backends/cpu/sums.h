#pragma once

#include "ops/linear.h"

namespace fundi::cpu {

// Finished sums of a product for `rows` rows and `columns` columns of c: [rows, columns] f32, rows
// `leading` apart.
struct Sums {
  const float* data;
  int64_t leading;
  int64_t row, rows;        // of c
  int64_t column, columns;  // of c
};

// c = sums (+ bias) (+ c), rounded to c's type.
void write_sums(const ops::Matmul& args, const Sums& sums);

}  // namespace fundi::cpu
