#include "serve/session.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "serve/prompt.h"

namespace fundi::serve {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

}  // namespace

std::string_view name(models::FinishReason reason) {
  switch (reason) {
    case models::FinishReason::kStop:
      return "stop";
    case models::FinishReason::kLength:
      return "length";
    case models::FinishReason::kCancelled:
      return "cancelled";
    default:
      return "none";
  }
}

Session::Session(const std::filesystem::path& directory, ChatOptions chat)
    : Session(models::load_with_tokenizer(directory), std::move(chat)) {}

Session::Session(models::LoadedModel loaded, ChatOptions chat)
    : Session(std::move(loaded.model), std::move(loaded.tokenizer), std::move(chat)) {}

Session::Session(std::unique_ptr<models::Model> model,
                 std::shared_ptr<const text::Tokenizer> tokenizer, ChatOptions chat)
    : model_(std::move(model)),
      tokenizer_(std::move(tokenizer)),
      encoder_(tokenizer_, std::move(chat)),
      generator_(*model_, *tokenizer_) {}

SessionResult Session::complete(std::string_view prompt, const SessionOptions& options,
                                const OnText& on_text, const Interrupted& interrupted) {
  models::GenerationRequest request;
  request.prompt = encode_prompt(*tokenizer_, prompt);
  return run(std::move(request), options, on_text, interrupted);
}

SessionResult Session::chat(const std::vector<text::Message>& messages,
                            const SessionOptions& options, const OnPiece& on_piece,
                            const Interrupted& interrupted) {
  ChatPrompt prompt = encoder_.encode({.messages = messages});
  const AnswerOptions answer{.reasoning = encoder_.options().reasoning, .opened = prompt.opened};
  models::GenerationRequest request;
  request.prompt = std::move(prompt.ids);
  request.shown_tokens = shown_tokens(answer, *tokenizer_);
  AnswerParser parser(answer, {});
  std::string text, reasoning;
  const auto deliver = [&](const AnswerPiece& piece) {
    text += piece.content;
    reasoning += piece.reasoning;
    if (on_piece && !piece.empty()) on_piece(piece);
  };
  SessionResult result = run(
      std::move(request), options, [&](std::string_view more) { deliver(parser.push(more)); },
      interrupted);
  deliver(parser.finish());
  result.text = std::move(text);
  result.reasoning = std::move(reasoning);
  return result;
}

SessionResult Session::run(models::GenerationRequest request, const SessionOptions& options,
                           const OnText& on_text, const Interrupted& interrupted) {
  // The generator may call back once more after a failure here: what it touches outlives this
  // frame.
  struct State {
    SessionResult result;
    OnText on_text;
    Clock::time_point start = Clock::now();
  };
  const auto state = std::make_shared<State>();
  state->on_text = on_text;
  state->result.prompt_tokens = static_cast<int64_t>(request.prompt.size());
  request.max_tokens = options.max_tokens;
  request.sampling = options.sampling;
  request.stop = options.stop;
  const uint64_t id =
      generator_.add(std::move(request), [state](const models::GenerationEvent& event) {
        SessionResult& result = state->result;
        if (result.completion_tokens == 0 && event.completion_tokens > 0) {
          result.seconds_to_first_token = seconds_since(state->start);
        }
        result.completion_tokens = event.completion_tokens;
        result.text += event.text;
        result.finish = event.finish;
        if (state->on_text && !event.text.empty()) state->on_text(event.text);
      });
  try {
    while (generator_.step()) {
      if (interrupted && interrupted()) generator_.cancel(id);
    }
  } catch (...) {
    generator_.cancel(id);
    state->on_text = nullptr;
    throw;
  }
  state->result.seconds = seconds_since(state->start);
  return std::move(state->result);
}

size_t Session::fit(std::vector<text::Message>& messages, int64_t reserve) const {
  const int64_t context = model_->config().max_position_embeddings;
  // A model of small context should not forget everything to keep room for a long answer.
  const int64_t room = std::max<int64_t>(1, std::min(reserve, context / 2));
  const size_t first = !messages.empty() && messages.front().role() == "system" ? 1 : 0;
  size_t dropped = 0;
  while (messages.size() > first + 1 &&
         static_cast<int64_t>(encoder_.encode({.messages = messages}).ids.size()) + room >
             context) {
    // Whole exchanges, so that the conversation still begins with a question.
    const size_t count = std::min<size_t>(2, messages.size() - first - 1);
    const auto begin = messages.begin() + static_cast<std::ptrdiff_t>(first);
    messages.erase(begin, begin + static_cast<std::ptrdiff_t>(count));
    dropped += count;
  }
  return dropped;
}

}  // namespace fundi::serve
