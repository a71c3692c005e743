#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/json.h"
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
};

// Turns the events of one job into the body of its response, in the shapes of the OpenAI API: one
// JSON object, or server-sent events. Used by one connection at a time.
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
    std::string text;
    int64_t tokens = 0;
    models::FinishReason finish = models::FinishReason::kNone;
  };
  Json frame(bool chunk) const;
  Json usage() const;
  std::string chunk(size_t index, const std::string& text, Json finish, bool role = false) const;

  ReplyOptions options_;
  std::vector<Choice> choices_;
  size_t unfinished_;
};

// "data: ...\n\n"
std::string server_sent_event(const Json& json);

}  // namespace fundi::serve
