#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "models/generator.h"
#include "models/model.h"
#include "serve/answer.h"
#include "models/loaded_model.h"
#include "serve/prompt.h"
#include "text/chat.h"
#include "text/tokenizer.h"

namespace fundi::serve {

struct SessionOptions {
  int64_t max_tokens = 256;
  models::SamplingOptions sampling;
  std::vector<std::string> stop;
};

struct SessionResult {
  std::string text;       // the answer without its reasoning
  std::string reasoning;  // of a chat, where the format tells it apart
  models::FinishReason finish = models::FinishReason::kNone;
  int64_t prompt_tokens = 0;
  int64_t completion_tokens = 0;
  double seconds = 0;
  double seconds_to_first_token = 0;
};

// "stop", "length", "cancelled".
std::string_view name(models::FinishReason reason);

// A model in this process that answers one prompt at a time: what `fundi generate` and `fundi chat`
// run. One thread.
class Session {
 public:
  using OnText = std::function<void(std::string_view)>;
  using OnPiece = std::function<void(const AnswerPiece&)>;
  using Interrupted = std::function<bool()>;  // asked between tokens; true ends the answer

  // Throws as models::load_with_tokenizer() and ChatEncoder do.
  explicit Session(const std::filesystem::path& directory, ChatOptions chat = {});
  explicit Session(models::LoadedModel loaded, ChatOptions chat = {});
  Session(std::unique_ptr<models::Model> model, std::shared_ptr<const text::Tokenizer> tokenizer,
          ChatOptions chat = {});

  // Continues a text. Throws kInvalidArgument where it does not fit the model's context.
  SessionResult complete(std::string_view prompt, const SessionOptions& options,
                         const OnText& on_text = {}, const Interrupted& interrupted = {});
  // Answers a conversation.
  SessionResult chat(const std::vector<text::Message>& messages, const SessionOptions& options,
                     const OnPiece& on_piece = {}, const Interrupted& interrupted = {});
  // Drops the oldest exchanges, never a leading system message or the last message, until the
  // conversation leaves room for `reserve` tokens of answer (for one, if that is too much); the
  // number of messages dropped.
  size_t fit(std::vector<text::Message>& messages, int64_t reserve) const;

 private:
  SessionResult run(models::GenerationRequest request, const SessionOptions& options,
                    const OnText& on_text, const Interrupted& interrupted);
  std::unique_ptr<models::Model> model_;
  std::shared_ptr<const text::Tokenizer> tokenizer_;
  ChatEncoder encoder_;
  models::Generator generator_;
};

}  // namespace fundi::serve
