#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/stopwatch.h"
#include "models/model.h"
#include "text/tokenizer.h"

namespace fundi::evals {

struct PerplexityOptions {
  // Tokens of a window, at most the model's context.
  int64_t context = 2048;
  // Tokens from a window to the next, less than `context`; 0: half of it. The fewer, the more a
  // token has before it, and the longer it takes.
  int64_t stride = 0;

  // Throws kInvalidArgument naming the option and its range.
  void validate() const;
};

struct PerplexityResult {
  int64_t documents = 0;
  int64_t tokens = 0;  // those that were predicted
  int64_t bytes = 0;   // of the documents
  double nats = 0;     // -sum of the log-probabilities of the tokens
  double seconds = 0;
  double perplexity() const;     // exp(nats / tokens): of models with one tokenizer
  double bits_per_byte() const;  // to compare models with different ones
  Json to_json() const;
};

// How well a model predicts documents. A document that is longer than a window is read in windows
// that overlap, so that each token is predicted once, from at least context - stride tokens before
// it where the document has them. Each window begins with the token at the beginning of texts,
// where the tokenizer has its models see one; else the first token of a document is not predicted.
// Model and tokenizer must outlive it.
class Perplexity {
 public:
  // Throws as PerplexityOptions::validate() does, and kInvalidArgument for a model whose context is
  // a single token.
  Perplexity(models::Model& model, const text::Tokenizer& tokenizer,
             const PerplexityOptions& options = {});
  void add(std::string_view document);
  // Of all documents so far. Throws kInvalidArgument where nothing was predicted, and
  // kDiverged where a model gives no numbers.
  PerplexityResult result();

 private:
  struct Window {
    std::vector<int32_t> tokens;
    int64_t first;  // of those that are predicted
  };
  void add_window(Window window);
  void run_windows();

  models::Model& model_;
  const text::Tokenizer& tokenizer_;
  std::vector<int32_t> prefix_;
  int64_t width_, stride_;  // tokens of the document in a window, and to the next: at most as many
  std::vector<Window> windows_;  // to be run together
  int64_t waiting_ = 0;          // tokens of these
  PerplexityResult result_;
  Stopwatch watch_;
};

}  // namespace fundi::evals
