#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "models/sampling.h"
#include "text/chat.h"

namespace fundi::serve {

// What both generation routes share.
struct GenerationParameters {
  std::string model;
  std::optional<int64_t> max_tokens;
  models::SamplingOptions sampling;  // temperature 1 unless given, as the OpenAI API documents
  std::optional<uint64_t> seed;
  std::vector<std::string> stop;
  bool stream = false;
  bool include_usage = false;  // one more chunk with the usage, when streaming
  int64_t n = 1;
};

struct ChatRequest {
  GenerationParameters parameters;
  // At least one message; "developer" becomes "system", parts of content are joined. No tools where
  // tool_choice is "none".
  text::Conversation conversation;
  bool parallel_tool_calls = true;
  std::optional<std::string> reasoning_effort;  // for templates that know it
};

struct CompletionRequest {
  GenerationParameters parameters;
  std::vector<std::variant<std::string, std::vector<int32_t>>> prompts;  // at least one
  bool echo = false;
};

inline constexpr int64_t kMaxChoices = 16;     // n
inline constexpr size_t kMaxStops = 16;        // stop strings
inline constexpr size_t kMaxStopBytes = 1024;  // each
inline constexpr size_t kMaxPrompts = 64;      // of one completion request
inline constexpr size_t kMaxTools = 512;

// The bodies of POST /v1/chat/completions and /v1/completions. Any bytes may come in. Throws
// ApiError 400 naming the parameter: malformed JSON, wrong types and ranges, unknown parameters,
// and those which ask for what we cannot do (forced tool calls, logprobs, JSON mode, images, ...).
ChatRequest parse_chat_request(std::string_view body);
CompletionRequest parse_completion_request(std::string_view body);

}  // namespace fundi::serve
