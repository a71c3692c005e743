#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/random.h"
#include "serve/engine.h"
#include "serve/prompt.h"
#include "text/tokenizer.h"

namespace fundi::serve {

// What the routes answer from: shared by all connections, lives as long as the server.
struct Service {
  std::string model_id;
  std::string fingerprint;  // system_fingerprint of answers; empty: left out
  int64_t created = 0;      // Unix seconds
  std::shared_ptr<const text::Tokenizer> tokenizer;
  std::shared_ptr<const ChatEncoder> chat;
  int64_t vocab_size = 0;
  int64_t context_length = 0;
  int64_t max_tokens = 0;  // the most a request may ask for; 0: what the context leaves
  Engine* engine = nullptr;
  std::atomic<bool> draining = false;

  // Unpredictable enough for identifiers and for the seeds of requests that bring none.
  uint64_t random_word() { return random.at(counter.fetch_add(1)); }
  std::string new_id(std::string_view prefix);
  std::string new_call_id();  // of a tool call, see ToolCall::id

  Random random{0};
  std::atomic<uint64_t> counter = 0;
};

}  // namespace fundi::serve
