#include "serve/routes/generation.h"

#include <algorithm>
#include <chrono>

#include "serve/api_error.h"

namespace fundi::serve {
namespace {

void check_prompt(const std::vector<int32_t>& prompt, const char* param, const Service& service) {
  if (prompt.empty()) bad_parameter(param, "{}: holds no tokens", param);
  for (const int32_t id : prompt) {
    if (id >= service.vocab_size) {
      bad_parameter(param, "{}: token id {} is outside the model's vocabulary of {}", param, id,
                    service.vocab_size);
    }
  }
  const auto length = static_cast<int64_t>(prompt.size());
  if (length >= service.context_length) {
    throw ApiError(
        400, param, "context_length_exceeded",
        fmt::format("{}: {} tokens leave no room for an answer in the model's context of "
                    "{}; shorten it",
                    param, length, service.context_length));
  }
}

}  // namespace

void require_json(const Request& request) {
  if (request.content_type == "application/json") return;
  throw ApiError(415, "", "unsupported_media_type",
                 "the request body must be sent with Content-Type: application/json");
}

void require_model(const GenerationParameters& parameters, const Service& service) {
  if (parameters.model == service.model_id) return;
  throw ApiError(404, "model", "model_not_found",
                 fmt::format("model: '{}' does not exist here; this server has '{}'",
                             parameters.model, service.model_id));
}

std::vector<models::GenerationRequest> make_requests(
    const GenerationParameters& parameters, const std::vector<std::vector<int32_t>>& prompts,
    int64_t default_max_tokens, const char* param, Service& service) {
  const size_t count = prompts.size() * static_cast<size_t>(parameters.n);
  if (count > service.engine->capacity()) {
    bad_parameter(parameters.n > 1 ? "n" : param,
                  "{} completions in one request are more than this server's {}", count,
                  service.engine->capacity());
  }
  const uint64_t seed = parameters.seed.value_or(service.random_word());
  std::vector<models::GenerationRequest> requests;
  requests.reserve(count);
  for (const std::vector<int32_t>& prompt : prompts) {
    check_prompt(prompt, param, service);
    const int64_t room = service.context_length - static_cast<int64_t>(prompt.size());
    int64_t max_tokens = std::min(parameters.max_tokens.value_or(default_max_tokens), room);
    if (service.max_tokens > 0) max_tokens = std::min(max_tokens, service.max_tokens);
    for (int64_t i = 0; i < parameters.n; ++i) {
      models::GenerationRequest request;
      request.prompt = prompt;
      request.max_tokens = max_tokens;
      request.sampling = parameters.sampling;
      request.sampling.seed = seed + requests.size();
      request.stop = parameters.stop;
      requests.push_back(std::move(request));
    }
  }
  return requests;
}

ReplyOptions make_reply_options(const GenerationParameters& parameters, Service& service) {
  ReplyOptions options;
  options.model = service.model_id;
  options.fingerprint = service.fingerprint;
  options.created = std::chrono::duration_cast<std::chrono::seconds>(
                        std::chrono::system_clock::now().time_since_epoch())
                        .count();
  options.stream = parameters.stream;
  options.include_usage = parameters.include_usage;
  return options;
}

}  // namespace fundi::serve
