#include "models/directory.h"

#include <algorithm>

#include "base/error.h"
#include "base/files.h"
#include "formats/safetensors.h"
#include "models/arch/all.h"
#include "models/file_weights.h"
#include "models/gguf/load.h"

namespace fundi::models {
namespace {

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

// What config.json says of the dtype: where none was asked for, that of the embedding, since most
// weights have it.
const char* torch_dtype(Model& model, std::optional<DType> asked) {
  switch (asked.value_or(model.parameters().front().var.value().dtype())) {
    case DType::kF32:
      return "float32";
    case DType::kF16:
      return "float16";
    default:
      return "bfloat16";
  }
}

void check_dtype(std::optional<DType> dtype) {
  if (!dtype || *dtype == DType::kF32 || *dtype == DType::kBF16) return;
  fail(ErrorCode::kInvalidArgument, "a model's dtype must be f32 or bf16, not {}", name(*dtype));
}

std::unique_ptr<Model> load_directory(const fs::path& directory, std::optional<DType> dtype,
                                      FileWeights::Storage storage) {
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
  FileWeights weights(file, directory, config, dtype, storage);
  auto model = architecture_of(config.model_type).make(config, weights);
  weights.check_all_used();
  return model;
}

}  // namespace

std::unique_ptr<Model> load_model(const fs::path& path, std::optional<DType> dtype) {
  check_dtype(dtype);
  if (is_gguf(path)) return load_gguf_model(path, dtype);
  return load_directory(path, dtype,
                        dtype ? FileWeights::Storage::kConvert : FileWeights::Storage::kKeepF16);
}

std::unique_ptr<Model> load_model_to_train(const fs::path& path, std::optional<DType> dtype) {
  check_dtype(dtype);
  auto model = is_gguf(path) ? load_gguf_model(path, dtype.value_or(DType::kBF16))
                             : load_directory(path, dtype, FileWeights::Storage::kConvert);
  own_weights(*model);
  return model;
}

std::unique_ptr<Model> load_model_as_stored(const fs::path& path) {
  return is_gguf(path) ? load_gguf_model(path)
                       : load_directory(path, DType::kF32, FileWeights::Storage::kAsStored);
}

std::shared_ptr<const text::Tokenizer> load_tokenizer(const fs::path& path) {
  return is_gguf(path) ? load_gguf_tokenizer(path) : text::Tokenizer::load(path);
}

void save_model(Model& model, const fs::path& directory, const text::Tokenizer* tokenizer,
                const SaveOptions& options) {
  if (!fs::is_directory(directory)) {
    fail(ErrorCode::kNotFound, "{}: no such folder to save the model in", directory.string());
  }
  write_file_atomic(directory / "config.json",
                    dump_json_pretty(model.config().to_json(torch_dtype(model, options.dtype))));
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
