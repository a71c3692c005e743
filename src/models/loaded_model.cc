#include "models/loaded_model.h"

#include "base/error.h"
#include "models/directory.h"

namespace fundi::models {

LoadedModel load_with_tokenizer(const std::filesystem::path& path) {
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored)) {
    fail(ErrorCode::kNotFound,
         "{}: no such model directory or file; give the folder with config.json, *.safetensors "
         "and tokenizer.json, or a file *.gguf",
         path.string());
  }
  LoadedModel loaded;
  loaded.tokenizer = load_tokenizer(path);  // first: it fails sooner
  loaded.model = load_model(path);
  return loaded;
}

}  // namespace fundi::models
