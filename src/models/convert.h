#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "models/gguf/export.h"
#include "models/model.h"
#include "text/tokenizer.h"

namespace fundi::models {

struct ConvertOptions {
  std::filesystem::path input;   // a Hugging Face directory or a GGUF file
  std::filesystem::path output;  // must not exist
  std::string format;            // "hf" or "gguf"
  std::string type;              // of the weights: "bf16", "q4_k_m"
};

// A model on its way from one form to another.
class Conversion {
 public:
  // Opens the input and plans; nothing is written. Throws what loading throws, kInvalidArgument for
  // an option, kUnsupported with the reason where the other form cannot hold the model.
  explicit Conversion(const ConvertOptions& options);

  struct Summary {
    std::string family;
    int64_t tensors = 0;
    uint64_t bytes = 0;                             // of the tensors
    std::map<std::string, uint64_t> bytes_by_type;  // "q4_k"
    std::vector<std::string> notes;                 // what the user should know
  };
  const Summary& summary() const { return summary_; }

  // Writes the output, whole or not at all. Shows its progress.
  void run() const;

 private:
  void plan_directory();
  void plan_gguf();
  void write_directory() const;
  void add(DType dtype, uint64_t bytes);
  ConvertOptions options_;
  std::unique_ptr<Model> model_;
  std::shared_ptr<const text::Tokenizer> tokenizer_;  // null where the input has none
  DType dtype_ = DType::kBF16;                        // of a directory
  GgufExport gguf_;
  Summary summary_;
};

// Bytes of the tensors that a model would have in another form; throws as Conversion does where it
// cannot.
uint64_t export_bytes(Model& model, const text::Tokenizer* tokenizer, const std::string& format,
                      const std::string& type);

// The types that a form can be written in.
std::vector<std::string> types_of_format(const std::string& format);

// The tokenizer of a model that may have none (null): models of tests, and of other software.
std::shared_ptr<const text::Tokenizer> load_tokenizer_if_any(const std::filesystem::path& path);

}  // namespace fundi::models
