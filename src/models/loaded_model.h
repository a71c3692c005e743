#pragma once

#include <filesystem>
#include <memory>

#include "models/model.h"
#include "text/tokenizer.h"

namespace fundi::models {

struct LoadedModel {
  std::unique_ptr<Model> model;
  std::shared_ptr<const text::Tokenizer> tokenizer;
};

// Weights, configuration and tokenizer of a Hugging Face directory or a GGUF file. Throws kNotFound
// where there is none, and what load_model and load_tokenizer throw.
LoadedModel load_with_tokenizer(const std::filesystem::path& path);

}  // namespace fundi::models
