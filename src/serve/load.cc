#include "serve/load.h"

#include "base/error.h"
#include "models/directory.h"

namespace fundi::serve {

LoadedModel load_directory(const std::filesystem::path& directory) {
  std::error_code ignored;
  if (!std::filesystem::is_directory(directory, ignored)) {
    fail(ErrorCode::kNotFound,
         "{}: no such model directory; give the folder with config.json, *.safetensors and "
         "tokenizer.json",
         directory.string());
  }
  LoadedModel loaded;
  loaded.tokenizer = text::Tokenizer::load(directory);  // first: it fails sooner
  loaded.model = models::load_model(directory);
  return loaded;
}

}  // namespace fundi::serve
