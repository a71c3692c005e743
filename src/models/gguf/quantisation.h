#pragma once

#include <span>
#include <string_view>

#include "tensor/tensor.h"

namespace fundi::models {

// A type of GGUF file: which element type each of its tensors gets.
struct GgufFileType {
  std::string_view name;  // "q4_k_m"
  uint32_t number;        // general.file_type
  DType matrices;
  DType head;   // of the head, or of an embedding that is the head too
  bool is_mix;  // more bits where errors weigh most (Q4_K_M)
};

std::span<const GgufFileType> gguf_file_types();
// Throws kInvalidArgument with the list of types.
const GgufFileType& gguf_file_type(std::string_view name);

// Where a tensor stands in its model.
struct GgufTensorPlace {
  std::string_view name;  // "blk.3.ffn_down.weight"
  Shape shape;
  int64_t layer = -1;  // -1: in no layer
  int64_t layers = 0;  // of the model
  bool tied = false;   // whether the embedding is the head too
};

// The element type: f32 for vectors, norms and routers; for rows that do not fill the blocks of the
// type, the next that they fill, as llama.cpp has it (q4_k: q5_0, q6_k: q8_0, at last f16).
DType gguf_dtype(const GgufFileType& type, const GgufTensorPlace& tensor);

}  // namespace fundi::models
