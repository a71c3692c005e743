#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "formats/gguf.h"
#include "models/gguf/quantisation.h"
#include "models/model.h"
#include "text/tokenizer.h"

namespace fundi::models {

// A GGUF file that a model can be written as: everything but the tensors' bytes.
struct GgufExport {
  struct Item {
    formats::GgufEntry entry;
    std::function<Tensor()> make;  // reads the model's weights
  };
  formats::GgufMetadata metadata;
  std::vector<Item> tensors;
  uint64_t bytes() const;  // of the tensors
};

// Throws kUnsupported, with the reason, where the model or its tokenizer has no counterpart that
// llama.cpp runs the same. Without a tokenizer the file has no vocabulary. `metadata` is what the
// file says besides (general.name and the like). The export reads `model`, which must outlive it.
GgufExport plan_gguf_export(Model& model, const text::Tokenizer* tokenizer,
                            const GgufFileType& type, const formats::GgufMetadata& metadata);

// Writes it, whole or not at all; one tensor at a time is in memory. Shows its progress.
void write_gguf(const GgufExport& plan, const std::filesystem::path& path);

}  // namespace fundi::models
