#include "models/gguf/load.h"

#include "models/arch/all.h"
#include "models/gguf/config.h"
#include "models/gguf/tokenizer.h"
#include "models/gguf/weights.h"
#include "text/gguf_vocabulary.h"

namespace fundi::models {

bool is_gguf(const fs::path& path) { return path.extension() == ".gguf"; }

std::unique_ptr<Model> load_gguf_model(const fs::path& path, std::optional<DType> dtype) {
  const std::string origin = path.string();
  const auto file = formats::GgufFile::open(path);
  const Json json = config_from_gguf(file, origin);
  const ModelConfig config = ModelConfig::from_json(json, origin);
  GgufWeights weights(file, origin, json, dtype.value_or(DType::kF32), dtype.has_value());
  auto model = architecture_of(config.model_type).make(config, weights);
  weights.check_all_used();
  return model;
}

std::shared_ptr<const text::Tokenizer> load_gguf_tokenizer(const fs::path& path) {
  const auto file = formats::GgufFile::open(path);
  return text::make_gguf_tokenizer(vocabulary_from_gguf(file.metadata()), path.string());
}

}  // namespace fundi::models
