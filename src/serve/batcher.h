#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>

#include "models/generator.h"
#include "text/tokenizer.h"

namespace fundi::serve {

// The part of models::Generator a server drives, so that a test can put a scripted one in its
// place. One thread calls it.
class Batcher {
 public:
  using Callback = models::Generator::Callback;
  virtual ~Batcher() = default;
  // See models::Generator. `add` may throw; `cancel` takes effect in the next step.
  virtual uint64_t add(models::GenerationRequest request, Callback callback) = 0;
  virtual void cancel(uint64_t id) = 0;
  virtual bool step() = 0;
};

// What a server answers from.
struct Runtime {
  std::shared_ptr<const text::Tokenizer> tokenizer;
  std::unique_ptr<Batcher> batcher;
  int64_t vocab_size = 0;      // ids at or above are refused
  int64_t context_length = 0;  // prompt and completion together, tokens
};

// Loads a Hugging Face directory or a GGUF file. Throws as models::load_with_tokenizer() does.
Runtime load_runtime(const std::filesystem::path& directory);

}  // namespace fundi::serve
