#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
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
  std::vector<std::string> stop;      // strings that end the text and are cut from it
  std::vector<int32_t> shown_tokens;  // special tokens that are spelled out in the text
};

enum class FinishReason : uint8_t { kNone, kStop, kLength, kCancelled };

// What a step brought to one request.
struct GenerationEvent {
  std::string text;  // newly complete text, never half a character, never part of a stop string
  FinishReason finish = FinishReason::kNone;  // set on the last event
  int64_t prompt_tokens = 0;
  int64_t completion_tokens = 0;  // so far, the one that ended the text included
};

// Runs many requests together: each step is one forward pass over the prompts of the new requests
// and one token of each running one (continuous batching, Orca, Yu et al. 2022). One thread calls
// it; model and tokenizer must outlive it. A text ends (kStop) at a stop string or at an
// end-of-text id of the model or the tokenizer, and (kLength) at max_tokens. A request's random
// numbers are its own: what else runs beside it changes its output by rounding at most.
class Generator {
 public:
  using Callback = std::function<void(const GenerationEvent&)>;
  // Keys and values are kept in `cache_dtype` (KvCache), by default default_cache_dtype().
  Generator(Model& model, const text::Tokenizer& tokenizer,
            std::optional<DType> cache_dtype = std::nullopt);
  ~Generator();

  // Throws kInvalidArgument where the request is empty, too long for the model's context, or has
  // bad options. `max_tokens` is cut to what the context leaves. Allowed inside a callback, as
  // cancel().
  uint64_t add(GenerationRequest request, Callback callback);
  // The next step() ends the request with kCancelled. An id that is done or unknown is ignored.
  void cancel(uint64_t id);
  // One forward pass over at most `kStepPromptTokens` prompt tokens; callbacks run after it and
  // must not throw. False when nothing is left to do.
  bool step();
  size_t active() const;

  static constexpr int64_t kStepPromptTokens = 2048;

 private:
  struct Sequence;
  struct Plan;
  Plan plan_step();
  void forward(const Plan& plan);
  void take_token(Sequence& sequence, std::span<float> logits);
  void deliver();
  bool ends_text(int32_t id) const;

  Model& model_;
  const text::Tokenizer& tokenizer_;
  DType cache_dtype_;
  std::vector<int64_t> eos_ids_;
  std::vector<std::unique_ptr<Sequence>> sequences_;
  uint64_t next_id_ = 1;
};

// All completions of `requests`, at most `concurrency` at a time, in the order of the requests.
// `progress` hears after each step how many are done.
std::vector<std::string> generate_all(Model& model, const text::Tokenizer& tokenizer,
                                      const std::vector<GenerationRequest>& requests,
                                      int64_t concurrency,
                                      const std::function<void(int64_t done)>& progress = {});

}  // namespace fundi::models
