#pragma once

#include <array>
#include <string>
#include <vector>

#include "models/gguf/config.h"
#include "models/gguf/export.h"
#include "models/gguf/load.h"
#include "tests/models/models_testing.h"

namespace fundi::models {

// The checkpoints in data/gguf/, each with the file that llama.cpp's converter makes of it.
inline constexpr std::array kGgufCases{
    "llama", "llama_biased", "llama3", "llama_linear", "llama_yarn",  "mistral",    "qwen2",
    "qwen3", "qwen3_moe",    "gemma2", "gemma3",       "deepseek_v2", "deepseek_v3"};

class GgufModelsTest : public ModelsTest {
 protected:
  static fs::path folder_of(const std::string& name) { return case_folder("gguf/" + name); }
  static fs::path reference_of(const std::string& name) {
    return folder_of(name) / "reference.gguf";
  }
  // Writes `model` and gives the path.
  fs::path write(Model& model, const std::string& type, const std::string& file = "a.gguf") const {
    const fs::path path = folder_ / file;
    write_gguf(plan_gguf_export(model, nullptr, gguf_file_type(type), formats::GgufMetadata()),
               path);
    return path;
  }
};

}  // namespace fundi::models
