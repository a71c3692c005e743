#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/json.h"
#include "serve/answer.h"
#include "serve/engine.h"

namespace fundi::serve {

struct ReplyOptions {
  bool chat = true;  // chat.completion, else text_completion
  std::string id;
  std::string model;
  std::string fingerprint;
  int64_t created = 0;
  size_t choices = 1;
  bool stream = false;
  bool include_usage = false;
  int64_t prompt_tokens = 0;      // of all prompts, each counted once
  std::vector<std::string> echo;  // text before each choice (completions); empty for none
  AnswerOptions answer;           // how the text of a chat is taken apart
  std::function<std::string()> make_call_id;  // required where answer.tools is set
};

// Turns the events of one job into the body of its response, in the shapes of the OpenAI API: one
// JSON object, or server-sent events. A tool call is sent as one delta when it is complete. Used by
// one connection at a time.
class Reply {
 public:
  explicit Reply(ReplyOptions options);

  bool streaming() const { return options_.stream; }
  // Streaming only: the first events (roles of a chat, echoed prompts).
  std::string begin();
  // Takes one event that is no error; returns what to send now, nothing unless streaming.
  std::string on_event(const EngineEvent& event);
  bool done() const { return unfinished_ == 0; }
  // After done(): the last events of a stream, or the whole body.
  std::string finish() const;

  int64_t prompt_tokens() const { return options_.prompt_tokens; }
  int64_t completion_tokens() const;

 private:
  struct Choice {
    AnswerParser parser;
    AnswerPiece answer;  // so far, kept unless streaming
    size_t calls = 0;    // sent
    int64_t tokens = 0;
    models::FinishReason finish = models::FinishReason::kNone;
  };
  Json frame(bool chunk) const;
  Json usage() const;
  Json message(const AnswerPiece& answer) const;
  Json finish_name(const Choice& choice) const;
  std::string chunk(size_t index, Json choice, Json finish) const;
  std::string text_chunk(size_t index, const std::string& text) const;
  std::string chat_chunks(size_t index, Choice& choice, const AnswerPiece& piece) const;

  ReplyOptions options_;
  std::vector<Choice> choices_;
  size_t unfinished_;
};

// "data: ...\n\n"
std::string server_sent_event(const Json& json);

}  // namespace fundi::serve
