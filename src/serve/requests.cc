#include "serve/requests.h"

#include <utility>

#include "serve/api_error.h"
#include "serve/conversation_fields.h"
#include "serve/fields.h"

namespace fundi::serve {
namespace {

Json parse_body(std::string_view body) {
  try {
    return parse_json(body, "request body");
  } catch (const Error& error) {
    throw ApiError(400, "", "invalid_json", error.what());
  }
}

std::vector<std::string> parse_stop(const Json* value) {
  std::vector<std::string> stop;
  if (!value) return stop;
  const auto add = [&stop](const Json& item) {
    if (!item.is_string()) {
      bad_parameter("stop", "stop: expected a string or a list of strings, got {} inside",
                    item.type_name());
    }
    stop.push_back(item.get<std::string>());
    if (stop.back().empty()) bad_parameter("stop", "stop: a stop string must not be empty");
    if (stop.back().size() > kMaxStopBytes) {
      bad_parameter("stop", "stop: a stop string may have at most {} bytes", kMaxStopBytes);
    }
  };
  if (!value->is_array()) {
    add(*value);
    return stop;
  }
  if (value->size() > kMaxStops) bad_parameter("stop", "stop: at most {} strings", kMaxStops);
  for (const Json& item : *value) add(item);
  return stop;
}

void parse_sampling(Fields& fields, GenerationParameters& parameters) {
  models::SamplingOptions& sampling = parameters.sampling;
  sampling.temperature = fields.number("temperature", 0, 2).value_or(1.0);
  sampling.top_p = fields.number("top_p", 0, 1).value_or(1.0);
  sampling.min_p = fields.number("min_p", 0, 1).value_or(0.0);
  sampling.top_k = fields.integer("top_k", -1, INT32_MAX).value_or(0);
  if (sampling.top_k < 0) sampling.top_k = 0;  // elsewhere -1 means all
  if (sampling.top_p == 0) {                   // the smallest nucleus: the best token alone
    sampling.top_p = 1;
    sampling.top_k = 1;
  }
  sampling.repetition_penalty = fields.number("repetition_penalty", 0.01, 100).value_or(1.0);
  if (const auto seed = fields.integer("seed", INT64_MIN, INT64_MAX)) {
    parameters.seed = static_cast<uint64_t>(*seed);
  }
}

void parse_common(Fields& fields, GenerationParameters& parameters) {
  const auto model = fields.text("model");
  if (!model) bad_parameter("model", "model: required; GET /v1/models lists what is served");
  parameters.model = *model;
  parse_sampling(fields, parameters);
  parameters.max_tokens = fields.integer("max_tokens", 1, INT32_MAX);
  parameters.stop = parse_stop(fields.find("stop"));
  parameters.n = fields.integer("n", 1, kMaxChoices).value_or(1);
  parameters.stream = fields.boolean("stream").value_or(false);
  if (const Json* value = fields.find("stream_options")) {
    if (!parameters.stream) {
      bad_parameter("stream_options", "stream_options: only allowed when stream is true");
    }
    Fields options(*value, "stream_options.");
    parameters.include_usage = options.boolean("include_usage").value_or(false);
    options.ignore({"include_obfuscation"});
    options.finish();
  }
  // They change nothing about the answer.
  fields.ignore({"user", "metadata", "store", "service_tier", "safety_identifier",
                 "prompt_cache_key", "prediction"});
  fields.reject(
      {{"frequency_penalty", {0}}, {"presence_penalty", {0}}, {"logit_bias", {Json::object()}}});
}

std::vector<int32_t> parse_token_ids(const Json& list) {
  std::vector<int32_t> ids;
  ids.reserve(list.size());
  for (const Json& item : list) {
    if (!item.is_number_unsigned() || item.get<uint64_t>() > INT32_MAX) {
      bad_parameter("prompt", "prompt: expected token ids, got {}",
                    item.is_number() ? dump_json(item) : item.type_name());
    }
    ids.push_back(static_cast<int32_t>(item.get<uint64_t>()));
  }
  return ids;
}

void parse_prompts(const Json* value, CompletionRequest& request) {
  if (!value) bad_parameter("prompt", "prompt: required");
  if (value->is_string()) {
    request.prompts.emplace_back(value->get<std::string>());
    return;
  }
  if (!value->is_array() || value->empty()) {
    bad_parameter("prompt", "prompt: expected a string, a list of strings, or token ids");
  }
  if (value->front().is_number()) {
    request.prompts.emplace_back(parse_token_ids(*value));
    return;
  }
  if (value->size() > kMaxPrompts) {
    bad_parameter("prompt", "prompt: at most {} prompts in one request", kMaxPrompts);
  }
  for (const Json& item : *value) {
    if (item.is_string()) {
      request.prompts.emplace_back(item.get<std::string>());
    } else if (item.is_array()) {
      request.prompts.emplace_back(parse_token_ids(item));
    } else {
      bad_parameter("prompt", "prompt: a list must hold strings or lists of token ids, got {}",
                    item.type_name());
    }
  }
}

}  // namespace

ChatRequest parse_chat_request(std::string_view body) {
  const Json json = parse_body(body);
  Fields fields(json);
  ChatRequest request;
  parse_common(fields, request.parameters);
  const auto newer = fields.integer("max_completion_tokens", 1, INT32_MAX);
  if (newer && request.parameters.max_tokens && *newer != *request.parameters.max_tokens) {
    bad_parameter("max_completion_tokens",
                  "max_completion_tokens: differs from max_tokens; give one of them");
  }
  if (newer) request.parameters.max_tokens = newer;
  fields.reject({{"functions", {Json::array()}},
                 {"function_call", {"none", "auto"}},
                 {"response_format", {Json{{"type", "text"}}}},
                 {"logprobs", {false}},
                 {"top_logprobs", {0}},
                 {"modalities", {Json::array({"text"})}},
                 {"audio", {}},
                 {"verbosity", {}},
                 {"web_search_options", {}}});
  request.conversation.messages = parse_messages(fields.find("messages"));
  request.conversation.tools = parse_tools(fields);
  request.conversation.arguments = parse_template_arguments(fields);
  request.parallel_tool_calls = fields.boolean("parallel_tool_calls").value_or(true);
  request.reasoning_effort = fields.text("reasoning_effort");
  fields.finish();
  return request;
}

CompletionRequest parse_completion_request(std::string_view body) {
  const Json json = parse_body(body);
  Fields fields(json);
  CompletionRequest request;
  parse_common(fields, request.parameters);
  fields.ignore({"parallel_tool_calls"});
  request.echo = fields.boolean("echo").value_or(false);
  // best_of = n asks for no more than n does.
  fields.reject({{"suffix", {""}}, {"logprobs", {}}, {"best_of", {1, request.parameters.n}}});
  parse_prompts(fields.find("prompt"), request);
  fields.finish();
  return request;
}

}  // namespace fundi::serve
