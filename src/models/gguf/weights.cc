#include "models/gguf/weights.h"

#include "base/error.h"
#include "models/gguf/layouts.h"

namespace fundi::models {

using Kind = GgufLayout::Kind;

GgufWeights::GgufWeights(const formats::GgufFile& file, const std::string& origin,
                         const Json& config, DType dtype, bool dense)
    : file_(file),
      origin_(origin),
      config_(config),
      family_(gguf_family_of_model(config.at("model_type").get<std::string>())),
      dtype_(dtype),
      dense_(dense) {
  if (family_.rope_divisors) used_.insert("rope_freqs.weight");
}

Tensor GgufWeights::tensor(const WeightSpec& spec) {
  const auto name = gguf_tensor_name(spec.name, family_.norms);
  if (!name) {
    fail(ErrorCode::kUnsupported, "{}: GGUF files have no tensor for weight '{}'", origin_,
         spec.name);
  }
  const GgufLayout layout =
      family_.layout == nullptr ? GgufLayout{} : family_.layout(config_, spec.name);
  if (layout.kind == Kind::kSplitKv && !file_.has(name->name)) {
    return latent_kv(spec, name->name, layout.heads);
  }
  Tensor result = name->expert ? expert(*name, spec.shape) : stored(name->name, spec.shape);
  const DType target = target_of(spec, result);
  if (layout.kind == Kind::kInterleaved) result = separate_rows(result, layout.heads);
  if (layout.kind == Kind::kPlusOne) result = minus_one(result);
  return result.as(target);
}

Tensor GgufWeights::stored(const std::string& name, const Shape& shape) {
  if (!file_.has(name)) {
    fail(ErrorCode::kCorruptData, "{}: tensor '{}' of shape {} is missing", origin_, name,
         shape.to_string());
  }
  const Tensor tensor = file_.tensor(name);
  if (tensor.shape() != shape) {
    fail(ErrorCode::kCorruptData,
         "{}: tensor '{}' has shape {}, but the metadata asks for {}; the two do not belong "
         "together",
         origin_, name, tensor.shape().to_string(), shape.to_string());
  }
  used_.insert(name);
  return tensor;
}

Tensor GgufWeights::expert(const GgufTensorName& name, const Shape& shape) {
  Shape stacked{config_.at(family_.expert_count_key).get<int64_t>()};
  for (const int64_t dim : shape) stacked.push_back(dim);
  const Tensor all = stored(name.name, stacked);
  return all.rows(*name.expert, 1).reshape(shape);
}

Tensor GgufWeights::latent_kv(const WeightSpec& spec, const std::string& name, int64_t heads) {
  const auto key_size = config_.at("qk_nope_head_dim").get<int64_t>();
  const auto value_size = config_.at("v_head_dim").get<int64_t>();
  const int64_t rank = spec.shape[1];
  const std::string block = name.substr(0, name.rfind("attn_kv_b"));
  const Tensor k_b = stored(block + "attn_k_b.weight", {heads, rank, key_size});
  const Tensor v_b = stored(block + "attn_v_b.weight", {heads, value_size, rank});
  // Blocks do not survive being transposed; bf16 is enough for what they held.
  const DType kept = k_b.dtype() == DType::kF32 ? DType::kF32 : DType::kBF16;
  return join_parts(k_b, v_b, spec.dtype.value_or(dense_ ? dtype_ : kept));
}

DType GgufWeights::target_of(const WeightSpec& spec, const Tensor& stored) const {
  const DType dtype = stored.dtype();
  const bool is_float = dtype == DType::kF32 || dtype == DType::kBF16 || dtype == DType::kF16;
  if (!is_float && !is_block_quantised(dtype)) {
    fail(ErrorCode::kUnsupported, "{}: weight '{}' is {}; weights must be floats or blocks",
         origin_, spec.name, name(dtype));
  }
  return spec.dtype.value_or(dense_ ? dtype_ : dtype);
}

// Layers behind the last one, which predict further tokens, are not run.
bool GgufWeights::is_prediction_layer(std::string_view name) const {
  const auto layers = config_.at("num_hidden_layers").get<int64_t>();
  for (int64_t i = 0; i < config_.value("num_nextn_predict_layers", int64_t{0}); ++i) {
    if (name.starts_with(fmt::format("blk.{}.", layers + i))) return true;
  }
  return false;
}

void GgufWeights::check_all_used() const {
  for (const std::string& name : file_.names()) {
    if (used_.contains(name) || is_prediction_layer(name)) continue;
    fail(ErrorCode::kCorruptData,
         "{}: tensor '{}' is not part of the model that the metadata describes", origin_, name);
  }
}

}  // namespace fundi::models
