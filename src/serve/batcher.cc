#include "serve/batcher.h"

#include <utility>

#include "models/loaded_model.h"

namespace fundi::serve {
namespace {

class GeneratorBatcher final : public Batcher {
 public:
  GeneratorBatcher(std::unique_ptr<models::Model> model,
                   std::shared_ptr<const text::Tokenizer> tokenizer)
      : model_(std::move(model)),
        tokenizer_(std::move(tokenizer)),
        generator_(*model_, *tokenizer_) {}

  uint64_t add(models::GenerationRequest request, Callback callback) override {
    return generator_.add(std::move(request), std::move(callback));
  }
  void cancel(uint64_t id) override { generator_.cancel(id); }
  bool step() override { return generator_.step(); }

 private:
  std::unique_ptr<models::Model> model_;
  std::shared_ptr<const text::Tokenizer> tokenizer_;
  models::Generator generator_;
};

}  // namespace

Runtime load_runtime(const std::filesystem::path& directory) {
  models::LoadedModel loaded = models::load_with_tokenizer(directory);
  Runtime runtime;
  runtime.tokenizer = std::move(loaded.tokenizer);
  runtime.vocab_size = loaded.model->config().vocab_size;
  runtime.context_length = loaded.model->config().max_position_embeddings;
  runtime.batcher = std::make_unique<GeneratorBatcher>(std::move(loaded.model), runtime.tokenizer);
  return runtime;
}

}  // namespace fundi::serve
