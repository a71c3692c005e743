#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "models/licence.h"
#include "models/memory.h"
#include "models/model.h"

namespace fundi::models {

struct InspectOptions {
  std::filesystem::path path;  // a Hugging Face directory or a GGUF file
  int64_t context = 0;         // tokens to reckon the cache for; 0: the model's context
  int64_t batch = 1;           // sequences of `context` tokens to reckon training for
};

// What can be said of a model without running it.
struct Inspection {
  struct TypeShare {  // of the tensors on disk
    std::string type;
    int64_t tensors = 0;
    uint64_t bytes = 0;
  };
  struct ExportOption {
    std::string format, type;
    uint64_t bytes = 0;   // of the tensors
    std::string refusal;  // why not; empty where it is possible
  };
  std::string format;  // "hf" or "gguf"
  ModelConfig config;
  int64_t parameters = 0;
  int64_t active_parameters = 0;  // that work on one token: fewer where there are experts
  std::vector<TypeShare> types;   // the largest first
  std::optional<Licence> licence;
  std::string tokenizer;  // "32000 tokens", or what is wrong with it
  int64_t context = 0, batch = 1;
  DType cache_dtype = DType::kBF16;
  uint64_t weight_bytes = 0, cache_bytes = 0;
  TrainingMemory training;
  std::vector<ExportOption> exports;
};

// Throws what loading the model throws.
Inspection inspect_model(const InspectOptions& options);

}  // namespace fundi::models
