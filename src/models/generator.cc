#include "models/generator.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/error.h"
#include "models/stop_filter.h"

namespace fundi::models {

struct Generator::Sequence {
  Sequence(uint64_t number, GenerationRequest req, Callback call, KvCache&& empty,
           const text::Tokenizer& tokenizer)
      : id(number),
        request(std::move(req)),
        callback(std::move(call)),
        tokens(request.prompt),
        cache(std::move(empty)),
        random(request.sampling.seed),
        decoder(tokenizer),
        stops(request.stop) {}

  int64_t prompt_tokens() const { return static_cast<int64_t>(request.prompt.size()); }
  int64_t generated() const { return static_cast<int64_t>(tokens.size()) - prompt_tokens(); }
  int64_t waiting() const { return static_cast<int64_t>(tokens.size()) - cache.length(); }

  void end(FinishReason reason) {
    // Text that is held back is not given away after a cancellation: nobody listens.
    if (reason != FinishReason::kCancelled) {
      text += stops.push(decoder.finish());
      if (stops.stopped()) reason = FinishReason::kStop;
      text += stops.finish();
    }
    finish = reason;
  }

  uint64_t id;
  GenerationRequest request;
  Callback callback;
  std::vector<int32_t> tokens;  // prompt and generated; the cache holds a prefix of them
  KvCache cache;
  Random random;
  text::StreamDecoder decoder;
  StopFilter stops;
  std::string text;  // to be delivered
  bool stepped = false;
  bool cancelled = false;
  FinishReason finish = FinishReason::kNone;
};

// The tokens of one forward pass.
struct Generator::Plan {
  std::vector<Sequence*> sequences;
  std::vector<std::span<const int32_t>> tokens;
};

Generator::Generator(Model& model, const text::Tokenizer& tokenizer,
                     std::optional<DType> cache_dtype)
    : model_(model),
      tokenizer_(tokenizer),
      cache_dtype_(cache_dtype.value_or(default_cache_dtype(model))),
      eos_ids_(model.config().eos_token_ids) {
  if (const auto eos = tokenizer.eos_id()) eos_ids_.push_back(*eos);
}

Generator::~Generator() = default;

uint64_t Generator::add(GenerationRequest request, Callback callback) {
  request.sampling.validate();
  const ModelConfig& config = model_.config();
  const auto length = static_cast<int64_t>(request.prompt.size());
  if (length == 0)
    fail(ErrorCode::kInvalidArgument, "the prompt is empty; give at least one token");
  if (request.max_tokens < 1) {
    fail(ErrorCode::kInvalidArgument, "max_tokens must be at least 1, not {}", request.max_tokens);
  }
  if (length >= config.max_position_embeddings) {
    fail(ErrorCode::kInvalidArgument,
         "the prompt has {} tokens, but the model's context holds {} with the answer; shorten it",
         length, config.max_position_embeddings);
  }
  for (const int32_t id : request.prompt) {
    if (id < 0 || id >= config.vocab_size) {
      fail(ErrorCode::kInvalidArgument, "token id {} of the prompt is outside the vocabulary of {}",
           id, config.vocab_size);
    }
  }
  request.max_tokens = std::min(request.max_tokens, config.max_position_embeddings - length);
  sequences_.push_back(std::make_unique<Sequence>(next_id_, std::move(request), std::move(callback),
                                                  KvCache(model_.kv_layout(), cache_dtype_),
                                                  tokenizer_));
  return next_id_++;
}

void Generator::cancel(uint64_t id) {
  for (const auto& sequence : sequences_) {
    if (sequence->id == id) sequence->cancelled = true;
  }
}

size_t Generator::active() const { return sequences_.size(); }

bool Generator::step() {
  for (const auto& sequence : sequences_) {
    if (sequence->cancelled) sequence->end(FinishReason::kCancelled);
  }
  const Plan plan = plan_step();
  if (!plan.sequences.empty()) forward(plan);
  deliver();
  return !sequences_.empty();
}

Generator::Plan Generator::plan_step() {
  Plan plan;
  int64_t budget = kStepPromptTokens;
  for (const auto& sequence : sequences_) {
    if (sequence->finish != FinishReason::kNone) continue;
    int64_t count = sequence->waiting();
    // A running sequence always gets its one token; prompts share the budget, oldest first.
    if (sequence->generated() == 0) {
      count = std::min(count, budget);
      budget -= count;
    }
    if (count == 0) continue;
    plan.sequences.push_back(sequence.get());
    plan.tokens.push_back(
        std::span<const int32_t>(sequence->tokens)
            .subspan(static_cast<size_t>(sequence->cache.length()), static_cast<size_t>(count)));
  }
  return plan;
}

void Generator::forward(const Plan& plan) {
  std::vector<KvCache*> caches;
  for (Sequence* sequence : plan.sequences) caches.push_back(&sequence->cache);
  Stream stream(model_.head().weight.value().device());
  ops::Context context{stream};
  const Batch batch = Batch::continuing(plan.tokens, caches);
  const ops::Var hidden = model_.hidden(context, batch);

  // Whose tokens have all gone in gets another one.
  std::vector<int64_t> rows;
  std::vector<Sequence*> ready;
  int64_t end = 0;
  for (size_t i = 0; i < plan.sequences.size(); ++i) {
    end += static_cast<int64_t>(plan.tokens[i].size());
    if (plan.sequences[i]->waiting() > 0) continue;
    rows.push_back(end - 1);
    ready.push_back(plan.sequences[i]);
  }
  if (rows.empty()) return;
  const Tensor logits = logits_of(context, model_, hidden.value(), rows);
  for (size_t i = 0; i < ready.size(); ++i) {
    take_token(*ready[i], logits.rows(static_cast<int64_t>(i), 1).span<float>());
  }
}

void Generator::take_token(Sequence& sequence, std::span<float> logits) {
  // Some checkpoints pad the vocabulary beyond the tokenizer's: those ids stand for no text.
  const auto known = static_cast<size_t>(std::max<int32_t>(tokenizer_.vocab_size(), 1));
  const int32_t id = sample(logits.first(std::min(logits.size(), known)), sequence.tokens,
                            sequence.request.sampling, sequence.random);
  sequence.tokens.push_back(id);
  sequence.stepped = true;
  if (ends_text(id)) return sequence.end(FinishReason::kStop);
  const auto& shown = sequence.request.shown_tokens;
  const bool spelled = std::find(shown.begin(), shown.end(), id) != shown.end();
  sequence.text += sequence.stops.push(spelled ? sequence.decoder.finish() + tokenizer_.token(id)
                                               : sequence.decoder.push(id));
  if (sequence.stops.stopped()) {
    sequence.finish = FinishReason::kStop;
  } else if (sequence.generated() >= sequence.request.max_tokens) {
    sequence.end(FinishReason::kLength);
  }
}

bool Generator::ends_text(int32_t id) const {
  return std::find(eos_ids_.begin(), eos_ids_.end(), id) != eos_ids_.end();
}

void Generator::deliver() {
  // A callback may add requests: what is finished leaves the list before any callback runs.
  std::vector<std::pair<Callback, GenerationEvent>> events;
  std::vector<std::unique_ptr<Sequence>> left;
  for (auto& sequence : sequences_) {
    if (sequence->stepped || sequence->finish != FinishReason::kNone) {
      events.emplace_back(sequence->callback,
                          GenerationEvent{.text = std::exchange(sequence->text, {}),
                                          .finish = sequence->finish,
                                          .prompt_tokens = sequence->prompt_tokens(),
                                          .completion_tokens = sequence->generated()});
    }
    sequence->stepped = false;
    if (sequence->finish == FinishReason::kNone) left.push_back(std::move(sequence));
  }
  sequences_ = std::move(left);
  for (const auto& [callback, event] : events) {
    if (callback) callback(event);
  }
}

std::vector<std::string> generate_all(Model& model, const text::Tokenizer& tokenizer,
                                      const std::vector<GenerationRequest>& requests,
                                      int64_t concurrency,
                                      const std::function<void(int64_t done)>& progress) {
  if (concurrency < 1) {
    fail(ErrorCode::kInvalidArgument, "concurrency must be at least 1, not {}", concurrency);
  }
  Generator generator(model, tokenizer);
  std::vector<std::string> texts(requests.size());
  size_t next = 0;
  int64_t done = 0;
  while (next < requests.size() || generator.active() > 0) {
    for (; next < requests.size() && generator.active() < static_cast<size_t>(concurrency);
         ++next) {
      generator.add(requests[next], [&texts, &done, next](const GenerationEvent& event) {
        texts[next] += event.text;
        if (event.finish != FinishReason::kNone) ++done;
      });
    }
    generator.step();
    if (progress) progress(done);
  }
  return texts;
}

}  // namespace fundi::models
