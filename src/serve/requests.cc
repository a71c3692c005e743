#include "serve/requests.h"

#include <utility>

#include "serve/api_error.h"
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
                 "prompt_cache_key", "prediction", "parallel_tool_calls"});
  fields.reject(
      {{"frequency_penalty", {0}}, {"presence_penalty", {0}}, {"logit_bias", {Json::object()}}});
}

std::string parse_text_parts(const Json& parts, const std::string& where) {
  std::string text;
  for (size_t i = 0; i < parts.size(); ++i) {
    const std::string part_name = fmt::format("{}[{}]", where, i);
    Fields part(parts[i], part_name + ".");
    const std::string type = part.text("type").value_or("");
    if (type != "text") {
      bad_parameter(part_name + ".type",
                    "{}.type: only parts of type \"text\" are supported, got \"{}\"", part_name,
                    type);
    }
    const auto piece = part.text("text");
    if (!piece) bad_parameter(part_name + ".text", "{}.text: required", part_name);
    text += *piece;
  }
  return text;
}

text::Message parse_message(const Json& value, size_t index) {
  const std::string where = fmt::format("messages[{}]", index);
  Fields fields(value, where + ".");
  const auto role = fields.text("role");
  if (!role) bad_parameter(where + ".role", "{}.role: required", where);
  if (*role != "system" && *role != "developer" && *role != "user" && *role != "assistant") {
    bad_parameter(where + ".role",
                  "{}.role: must be system, developer, user or assistant, got \"{}\"", where,
                  *role);
  }
  fields.reject({{"tool_calls", {Json::array()}}, {"function_call", {}}, {"audio", {}}});
  const Json* content = fields.find("content");
  const std::string name = where + ".content";
  if (!content) bad_parameter(name, "{}: required", name);
  if (!content->is_string() && !content->is_array()) {
    bad_parameter(name, "{}: expected a string or a list of text parts, got {}", name,
                  content->type_name());
  }
  // Other members (name, refusal, annotations, ...) come back from clients that repeat an answer
  // as they got it; they do not change the text.
  return {*role == "developer" ? "system" : *role,
          content->is_string() ? content->get<std::string>() : parse_text_parts(*content, name)};
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
  fields.reject({{"tools", {Json::array()}},
                 {"tool_choice", {"none", "auto"}},
                 {"functions", {Json::array()}},
                 {"function_call", {"none", "auto"}},
                 {"response_format", {Json{{"type", "text"}}}},
                 {"logprobs", {false}},
                 {"top_logprobs", {0}},
                 {"modalities", {Json::array({"text"})}},
                 {"audio", {}},
                 {"reasoning_effort", {"none"}},
                 {"verbosity", {}},
                 {"web_search_options", {}}});
  const Json* messages = fields.find("messages");
  if (!messages) bad_parameter("messages", "messages: required");
  if (!messages->is_array() || messages->empty()) {
    bad_parameter("messages", "messages: expected a list of at least one message");
  }
  for (size_t i = 0; i < messages->size(); ++i) {
    request.messages.push_back(parse_message((*messages)[i], i));
  }
  fields.finish();
  return request;
}

CompletionRequest parse_completion_request(std::string_view body) {
  const Json json = parse_body(body);
  Fields fields(json);
  CompletionRequest request;
  parse_common(fields, request.parameters);
  request.echo = fields.boolean("echo").value_or(false);
  // best_of = n asks for no more than n does.
  fields.reject({{"suffix", {""}}, {"logprobs", {}}, {"best_of", {1, request.parameters.n}}});
  parse_prompts(fields.find("prompt"), request);
  fields.finish();
  return request;
}

}  // namespace fundi::serve
