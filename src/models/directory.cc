#include "models/directory.h"

#include <algorithm>
#include <set>

#include "base/error.h"
#include "base/files.h"
#include "formats/safetensors.h"
#include "models/arch/all.h"
#include "models/gguf/load.h"

namespace fundi::models {
namespace {

constexpr const char* kEmbedding = "model.embed_tokens.weight";
constexpr const char* kHead = "lm_head.weight";

bool is_float(DType dtype) {
  return dtype == DType::kF32 || dtype == DType::kBF16 || dtype == DType::kF16;
}

class FileWeights final : public WeightSource {
 public:
  // With `as_stored`, matrices keep the file's type.
  FileWeights(const formats::SafetensorsModel& file, const fs::path& directory,
              const ModelConfig& config, std::optional<DType> dtype, bool as_stored)
      : file_(file),
        directory_(directory),
        config_(config),
        architecture_(architecture_of(config.model_type)),
        dtype_(dtype.value_or(stored_dtype())),
        as_stored_(as_stored) {}

  DType dtype() const override { return dtype_; }

  Tensor tensor(const WeightSpec& spec) override {
    const std::string name = stored_name(spec.name);
    if (!file_.has(name)) fail_missing(spec);
    const Tensor stored = file_.tensor(name);
    if (stored.shape() != spec.shape) {
      fail(ErrorCode::kCorruptData,
           "{}: tensor '{}' has shape {}, but config.json asks for {}; the two do not belong "
           "together",
           directory_.string(), name, stored.shape().to_string(), spec.shape.to_string());
    }
    if (!is_float(stored.dtype())) {
      fail(ErrorCode::kUnsupported,
           "{}: tensor '{}' is {}; weights must be f32, bf16 or f16 (quantised checkpoints are not "
           "supported)",
           directory_.string(), name, fundi::name(stored.dtype()));
    }
    asked_.insert(name);
    return stored.as(spec.dtype.value_or(as_stored_ ? stored.dtype() : dtype_));
  }

  // Every tensor of the file must have been asked for: else the model is another one than
  // config.json says.
  void check_all_used() const {
    const std::string head = stored_name(kHead);
    for (const std::string& name : file_.names()) {
      if (asked_.contains(name) || name.ends_with(".rotary_emb.inv_freq")) continue;
      if (config_.tie_word_embeddings && name == head) continue;
      if (architecture_.is_not_run && architecture_.is_not_run(config_, name)) continue;
      fail(ErrorCode::kCorruptData,
           "{}: tensor '{}' is not part of the model that config.json describes",
           directory_.string(), name);
    }
  }

 private:
  DType stored_dtype() const {
    const std::string embedding = stored_name(kEmbedding);
    if (!file_.has(embedding)) {
      fail(ErrorCode::kCorruptData,
           "{}: tensor '{}' is missing; is this the folder of a causal language model?",
           directory_.string(), kEmbedding);
    }
    return file_.tensor(embedding).dtype() == DType::kF32 ? DType::kF32 : DType::kBF16;
  }

  // What the file calls the weight; the name itself where it has none.
  std::string stored_name(const std::string& name) const {
    if (file_.has(name) || architecture_.stored_names == nullptr) return name;
    for (const std::string& other : architecture_.stored_names(name)) {
      if (file_.has(other)) return other;
    }
    return name;
  }

  [[noreturn]] void fail_missing(const WeightSpec& spec) const {
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

  const formats::SafetensorsModel& file_;
  const fs::path& directory_;
  const ModelConfig& config_;
  const Architecture& architecture_;
  DType dtype_;
  bool as_stored_;
  std::set<std::string, std::less<>> asked_;
};

// The ids that end a text, where generation_config.json knows more of them than config.json does
// (chat models name the end of a turn there only).
void add_generation_eos(const fs::path& path, ModelConfig& config) {
  if (!fs::exists(path)) return;
  const Json json = read_json(path);
  if (!json.is_object()) {
    fail(ErrorCode::kCorruptData, "{}: expected a JSON object", path.string());
  }
  const auto it = json.find("eos_token_id");
  if (it == json.end() || it->is_null()) return;
  for (const int64_t id : token_ids_from_json(*it, path.string() + ": 'eos_token_id'")) {
    auto& ids = config.eos_token_ids;
    if (std::find(ids.begin(), ids.end(), id) == ids.end()) ids.push_back(id);
  }
}

Json generation_config(const ModelConfig& config) {
  const auto token = [](const std::optional<int64_t>& id) {
    return id ? Json(*id) : Json(nullptr);
  };
  Json json;
  json["_from_model_config"] = true;
  json["bos_token_id"] = token(config.bos_token_id);
  json["eos_token_id"] = token_ids_to_json(config.eos_token_ids);
  json["pad_token_id"] = token(config.pad_token_id);
  return json;
}

std::unique_ptr<Model> load_directory(const fs::path& directory, std::optional<DType> dtype,
                                      bool as_stored) {
  const fs::path config_path = directory / "config.json";
  if (!fs::is_directory(directory)) {
    fail(ErrorCode::kNotFound,
         "{}: no such folder; a model is a folder with config.json and safetensors, or a file "
         "*.gguf",
         directory.string());
  }
  if (!fs::exists(config_path)) {
    fail(ErrorCode::kNotFound, "{}: no such file; a model's folder needs it", config_path.string());
  }
  ModelConfig config = ModelConfig::from_json(read_json(config_path), config_path.string());
  add_generation_eos(directory / "generation_config.json", config);

  const auto file = formats::SafetensorsModel::open(directory);
  FileWeights weights(file, directory, config, dtype, as_stored);
  auto model = architecture_of(config.model_type).make(config, weights);
  weights.check_all_used();
  return model;
}

}  // namespace

std::unique_ptr<Model> load_model(const fs::path& path, std::optional<DType> dtype) {
  if (dtype && *dtype != DType::kF32 && *dtype != DType::kBF16) {
    fail(ErrorCode::kInvalidArgument, "a model's dtype must be f32 or bf16, not {}", name(*dtype));
  }
  return is_gguf(path) ? load_gguf_model(path, dtype) : load_directory(path, dtype, false);
}

std::unique_ptr<Model> load_model_as_stored(const fs::path& path) {
  return is_gguf(path) ? load_gguf_model(path) : load_directory(path, DType::kF32, true);
}

std::shared_ptr<const text::Tokenizer> load_tokenizer(const fs::path& path) {
  return is_gguf(path) ? load_gguf_tokenizer(path) : text::Tokenizer::load(path);
}

void save_model(Model& model, const fs::path& directory, const text::Tokenizer* tokenizer,
                const SaveOptions& options) {
  if (!fs::is_directory(directory)) {
    fail(ErrorCode::kNotFound, "{}: no such folder to save the model in", directory.string());
  }
  const DType written = options.dtype.value_or(model.dtype());
  const char* torch_dtype = written == DType::kF32    ? "float32"
                            : written == DType::kBF16 ? "bfloat16"
                                                      : "float16";
  write_file_atomic(directory / "config.json",
                    dump_json_pretty(model.config().to_json(torch_dtype)));
  write_file_atomic(directory / "generation_config.json",
                    dump_json_pretty(generation_config(model.config())));
  std::vector<formats::NamedTensor> tensors;
  for (const Parameter& parameter : model.parameters()) {
    tensors.push_back({parameter.name, parameter.var.value(), options.dtype});
  }
  formats::write_safetensors_model(directory, tensors, options.shard_bytes, options.on_written);
  if (tokenizer != nullptr) tokenizer->save(directory);
}

}  // namespace fundi::models
