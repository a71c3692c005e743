#pragma once

#include <filesystem>
#include <memory>

#include "models/model.h"
#include "text/tokenizer.h"

namespace fundi::serve {

struct LoadedModel {
  std::unique_ptr<models::Model> model;
  std::shared_ptr<const text::Tokenizer> tokenizer;
};

// Weights, config.json and tokenizer of a Hugging Face directory. Throws kNotFound where there is
// no such directory, and what models::load_model and text::Tokenizer::load throw.
LoadedModel load_directory(const std::filesystem::path& directory);

}  // namespace fundi::serve
