#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "models/model.h"
#include "models/sampling.h"
#include "text/tokenizer.h"

namespace fundi::models {

struct GenerationRequest {
  std::vector<int32_t> prompt;  // at least one token
  int64_t max_tokens = 256;
  SamplingOptions sampling;
  std::vector<std::string> stop;  // strings that end the text and are cut from it
};

enum class FinishReason : uint8_t { kNone, kStop, kLength, kCancelled };

// What a step brought to one request.
struct GenerationEvent {
  std::string text;  // newly complete text, never half a character, never part of a stop string
  FinishReason finish = FinishReason::kNone;  // set on the last event
  int64_t prompt_tokens = 0;
  int64_t completion_tokens = 0;  // so far
};

// Runs many requests together: each step is one forward pass over the prompts of the new requests
// and one token of each running one (continuous batching, Orca, Yu et al. 2022). One thread calls
// it; the model must outlive it.
class Generator {
 public:
  using Callback = std::function<void(const GenerationEvent&)>;
  Generator(Model& model, const text::Tokenizer& tokenizer);
  ~Generator();

  // Throws kInvalidArgument where the request is empty, too long for the model's context, or has bad
  // options. `max_tokens` is cut to what the context leaves.
  uint64_t add(GenerationRequest request, Callback callback);
  void cancel(uint64_t id);
  // One forward pass; callbacks run inside. False when nothing is left to do.
  bool step();
  size_t active() const;

 private:
  struct Sequence;
  Model& model_;
  const text::Tokenizer& tokenizer_;
  std::vector<std::unique_ptr<Sequence>> sequences_;
  uint64_t next_id_ = 1;
};

// All completions of `requests`, at most `concurrency` at a time, in order.
std::vector<std::string> generate_all(Model& model, const text::Tokenizer& tokenizer,
                                      const std::vector<GenerationRequest>& requests,
                                      int64_t concurrency,
                                      const std::function<void(int64_t done)>& progress = {});

}  // namespace fundi::models
