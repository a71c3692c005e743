#pragma once

#include <filesystem>
#include <memory>
#include <optional>

#include "models/model.h"
#include "text/tokenizer.h"

namespace fundi::models {

// Whether the path is that of a GGUF file, by its name.
bool is_gguf(const std::filesystem::path& path);

// The model of a GGUF file. Without `dtype`, matrices stay as they are stored (blocks too), in the
// mapped file where their layout allows, and activations are f32; with it, everything becomes that
// type, so that the weights can be trained. Throws kCorruptData, or kUnsupported for a family or
// setting that fundi does not run, naming file and key or tensor.
std::unique_ptr<Model> load_gguf_model(const std::filesystem::path& path,
                                       std::optional<DType> dtype = std::nullopt);

// Its tokenizer. Throws kCorruptData where the file has none.
std::shared_ptr<const text::Tokenizer> load_gguf_tokenizer(const std::filesystem::path& path);

}  // namespace fundi::models
