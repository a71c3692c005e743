#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>

#include "models/model.h"
#include "text/tokenizer.h"

namespace fundi::models {

// Checks and completes `config` as from_json does. Fresh weights: normal(0, initializer_range)
// matrices, norms that change nothing, biases 0; a pure function of the seed and each parameter's
// name. Output projections of the residual stream are scaled by 1/sqrt(2 L) (GPT-2).
std::unique_ptr<Model> initialize_model(const ModelConfig& config, DType dtype, uint64_t seed);

// A Hugging Face directory: config.json and safetensors; or a GGUF file (gguf/load.h tells what its
// weights become). Weights stay in the mapped file where their dtype allows: with `dtype` where it
// is theirs, else everything becomes it; by default the dtype is that of the file's embedding, and
// where that is f16, matrices stay f16 and activations are f32. FP8 weights are decoded. A tensor
// that is missing, has the wrong shape, or that nobody asked for is kCorruptData and named
// (inv_freq buffers, a tied head's copy and what the architecture does not run excepted). The eos
// ids of generation_config.json are added to those of config.json.
std::unique_ptr<Model> load_model(const std::filesystem::path& path,
                                  std::optional<DType> dtype = std::nullopt);

// The same in memory of its own and all of one type that can be trained: `dtype`, or by default f32
// where the file's embedding is f32, else bf16.
std::unique_ptr<Model> load_model_to_train(const std::filesystem::path& path,
                                           std::optional<DType> dtype = std::nullopt);

// The same with each matrix in the type it is stored in (FP8 as bf16), vectors in f32: nothing is
// lost when it is written in another form.
std::unique_ptr<Model> load_model_as_stored(const std::filesystem::path& path);

// The tokenizer of either.
std::shared_ptr<const text::Tokenizer> load_tokenizer(const std::filesystem::path& path);

struct SaveOptions {
  uint64_t shard_bytes = 5'000'000'000;
  std::optional<DType> dtype = {};  // f32, bf16 or f16; none: weights are written as they are
  std::function<void(uint64_t bytes)> on_written = {};  // called after each tensor
};

// config.json, generation_config.json and safetensors into `directory`, which must exist (use an
// AtomicDirectory); the tokenizer's files when given. Weights must be in host memory.
void save_model(Model& model, const std::filesystem::path& directory,
                const text::Tokenizer* tokenizer = nullptr, const SaveOptions& options = {});

}  // namespace fundi::models
