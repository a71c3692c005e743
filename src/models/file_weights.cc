#include "models/file_weights.h"

#include "base/error.h"

namespace fundi::models {
namespace {

constexpr const char* kEmbedding = "model.embed_tokens.weight";
constexpr const char* kHead = "lm_head.weight";
constexpr const char* kScales =
    "_scale_inv";  // behind a weight's name: the scales of its FP8 blocks

bool is_float(DType dtype) {
  return dtype == DType::kF32 || dtype == DType::kBF16 || dtype == DType::kF16;
}

int64_t blocks_of(int64_t elements, int64_t block) { return (elements + block - 1) / block; }

}  // namespace

FileWeights::FileWeights(const formats::SafetensorsModel& file,
                         const std::filesystem::path& directory, const ModelConfig& config,
                         std::optional<DType> dtype, Storage storage)
    : file_(file),
      directory_(directory),
      config_(config),
      architecture_(architecture_of(config.model_type)),
      storage_(storage),
      dtype_(dtype.value_or(default_dtype())) {}

DType FileWeights::default_dtype() const {
  const std::string embedding = stored_name(kEmbedding);
  if (!file_.has(embedding)) {
    fail(ErrorCode::kCorruptData,
         "{}: tensor '{}' is missing; is this the folder of a causal language model?",
         directory_.string(), kEmbedding);
  }
  const DType stored = file_.tensor(embedding).dtype();
  const bool keeps = stored == DType::kF16 && storage_ == Storage::kKeepF16;
  return stored == DType::kF32 || keeps ? DType::kF32 : DType::kBF16;
}

std::string FileWeights::stored_name(const std::string& name) const {
  if (file_.has(name) || architecture_.stored_names == nullptr) return name;
  for (const std::string& other : architecture_.stored_names(name)) {
    if (file_.has(other)) return other;
  }
  return name;
}

Tensor FileWeights::read(const std::string& name, const Shape& shape) {
  const Tensor stored = file_.tensor(name);
  if (stored.shape() != shape) {
    fail(
        ErrorCode::kCorruptData,
        "{}: tensor '{}' has shape {}, but config.json asks for {}; the two do not belong together",
        directory_.string(), name, stored.shape().to_string(), shape.to_string());
  }
  asked_.insert(name);
  return stored;
}

Tensor FileWeights::tensor(const WeightSpec& spec) {
  const std::string name = stored_name(spec.name);
  if (!file_.has(name)) fail_missing(spec);
  const Tensor stored = read(name, spec.shape);
  const DType target = target_of(spec, stored.dtype());
  if (stored.dtype() == DType::kF8E4M3 && config_.fp8.rows > 0 && spec.shape.rank() == 2) {
    return read_fp8(name, stored, target);
  }
  if (!is_float(stored.dtype())) {
    fail(ErrorCode::kUnsupported,
         "{}: tensor '{}' is {}; weights must be f32, bf16, f16, or FP8 that config.json says how "
         "to scale",
         directory_.string(), name, fundi::name(stored.dtype()));
  }
  return stored.as(target);
}

DType FileWeights::target_of(const WeightSpec& spec, DType stored) const {
  if (spec.dtype) return *spec.dtype;
  if (storage_ == Storage::kAsStored) return stored == DType::kF8E4M3 ? DType::kBF16 : stored;
  if (storage_ == Storage::kKeepF16 && stored == DType::kF16) return stored;
  return dtype_;
}

Tensor FileWeights::read_fp8(const std::string& name, const Tensor& weight, DType dtype) {
  const std::string scales = name + kScales;
  const Shape shape{blocks_of(weight.dim(0), config_.fp8.rows),
                    blocks_of(weight.dim(1), config_.fp8.columns)};
  if (!file_.has(scales)) {
    fail(ErrorCode::kCorruptData,
         "{}: tensor '{}' of shape {} is missing; '{}' is FP8 and needs it", directory_.string(),
         scales, shape.to_string(), name);
  }
  const Tensor stored = read(scales, shape);
  if (!is_float(stored.dtype())) {
    fail(ErrorCode::kCorruptData, "{}: tensor '{}' is {}, expected f32", directory_.string(),
         scales, fundi::name(stored.dtype()));
  }
  return decode_fp8(weight, stored.to_f32(), config_.fp8, dtype);
}

void FileWeights::check_all_used() const {
  const std::string head = stored_name(kHead);
  for (const std::string& name : file_.names()) {
    if (asked_.contains(name) || name.ends_with(".rotary_emb.inv_freq")) continue;
    if (config_.tie_word_embeddings && name == head) continue;
    if (architecture_.is_not_run && architecture_.is_not_run(config_, name)) continue;
    fail(ErrorCode::kCorruptData,
         "{}: tensor '{}' is not part of the model that config.json describes", directory_.string(),
         name);
  }
}

void FileWeights::fail_missing(const WeightSpec& spec) const {
  const std::string& name = spec.name;
  std::string hint;
  if (name == kHead) {
    hint = "; 'tie_word_embeddings' in config.json is false, so the file must have it";
  } else if (name.starts_with("model.") && file_.has(name.substr(6))) {
    hint = "; the file has '" + name.substr(6) +
           "': it was saved without its head (AutoModel), "
           "save it with AutoModelForCausalLM";
  }
  fail(ErrorCode::kCorruptData, "{}: tensor '{}' of shape {} is missing{}", directory_.string(),
       name, spec.shape.to_string(), hint);
}

}  // namespace fundi::models
