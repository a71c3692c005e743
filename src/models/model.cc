#include "models/model.h"

#include "base/error.h"

namespace fundi::models {

Tensor logits_of(ops::Context& context, const Model& model, const Tensor& hidden,
                 std::span<const int64_t> rows) {
  const Tensor picked({static_cast<int64_t>(rows.size()), hidden.dim(1)}, hidden.dtype(),
                      hidden.device());
  for (size_t i = 0; i < rows.size(); ++i) {
    if (rows[i] < 0 || rows[i] >= hidden.dim(0)) {
      fail(ErrorCode::kInvalidArgument, "logits of row {} were asked for, of {} rows", rows[i],
           hidden.dim(0));
    }
    picked.rows(static_cast<int64_t>(i), 1).copy_from(hidden.rows(rows[i], 1));
  }
  return ops::head_logits(context, picked, model.head());
}

int64_t parameter_count(Model& model) {
  int64_t count = 0;
  for (const Parameter& parameter : model.parameters()) count += parameter.var.value().elements();
  return count;
}

DType default_cache_dtype(Model& model) {
  for (const Parameter& parameter : model.parameters()) {
    if (parameter.is_matrix && parameter.var.value().dtype() != model.dtype()) return DType::kF16;
  }
  return model.dtype();
}

void own_weights(Model& model) {
  for (Parameter& parameter : model.parameters()) {
    const Tensor& mapped = parameter.var.value();
    if (!mapped.buffer()->external()) continue;
    const Tensor copy(mapped.shape(), mapped.dtype());
    copy.copy_from(mapped);
    parameter.var.set_value(copy);
  }
}

}  // namespace fundi::models
