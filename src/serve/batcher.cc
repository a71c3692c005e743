#include "serve/batcher.h"

#include <utility>

#include "models/directory.h"

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
  Runtime runtime;
  runtime.tokenizer = text::Tokenizer::load(directory);
  std::unique_ptr<models::Model> model = models::load_model(directory);
  runtime.vocab_size = model->config().vocab_size;
  runtime.context_length = model->config().max_position_embeddings;
  runtime.batcher = std::make_unique<GeneratorBatcher>(std::move(model), runtime.tokenizer);
  return runtime;
}

}  // namespace fundi::serve
