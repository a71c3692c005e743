#include "serve/reply.h"

#include <utility>

namespace fundi::serve {
namespace {

Json finish_name(models::FinishReason reason) {
  switch (reason) {
    case models::FinishReason::kNone:
      return nullptr;
    case models::FinishReason::kLength:
      return "length";
    default:
      return "stop";
  }
}

}  // namespace

std::string server_sent_event(const Json& json) { return "data: " + dump_json(json) + "\n\n"; }

Reply::Reply(ReplyOptions options)
    : options_(std::move(options)), choices_(options_.choices), unfinished_(options_.choices) {}

Json Reply::frame(bool chunk) const {
  Json json;
  json["id"] = options_.id;
  json["object"] = !options_.chat ? "text_completion"
                   : chunk        ? "chat.completion.chunk"
                                  : "chat.completion";
  json["created"] = options_.created;
  json["model"] = options_.model;
  if (!options_.fingerprint.empty()) json["system_fingerprint"] = options_.fingerprint;
  json["choices"] = Json::array();
  return json;
}

int64_t Reply::completion_tokens() const {
  int64_t tokens = 0;
  for (const Choice& choice : choices_) tokens += choice.tokens;
  return tokens;
}

Json Reply::usage() const {
  const int64_t completion = completion_tokens();
  return Json{{"prompt_tokens", options_.prompt_tokens},
              {"completion_tokens", completion},
              {"total_tokens", options_.prompt_tokens + completion}};
}

std::string Reply::chunk(size_t index, const std::string& text, Json finish, bool role) const {
  Json choice;
  choice["index"] = index;
  if (options_.chat) {
    Json delta = Json::object();
    if (role) delta["role"] = "assistant";
    if (role || !text.empty()) delta["content"] = text;
    choice["delta"] = std::move(delta);
  } else {
    choice["text"] = text;
  }
  choice["logprobs"] = nullptr;
  choice["finish_reason"] = std::move(finish);
  Json json = frame(true);
  json["choices"].push_back(std::move(choice));
  if (options_.include_usage) json["usage"] = nullptr;
  return server_sent_event(json);
}

std::string Reply::begin() {
  std::string out;
  for (size_t i = 0; i < choices_.size(); ++i) {
    if (options_.chat) {
      out += chunk(i, "", nullptr, true);
    } else if (i < options_.echo.size() && !options_.echo[i].empty()) {
      out += chunk(i, options_.echo[i], nullptr);
    }
  }
  return out;
}

std::string Reply::on_event(const EngineEvent& event) {
  Choice& choice = choices_.at(event.index);
  if (choice.finish != models::FinishReason::kNone) return "";
  const models::GenerationEvent& generation = event.generation;
  choice.tokens = generation.completion_tokens;
  choice.finish = generation.finish;
  const bool last = choice.finish != models::FinishReason::kNone;
  if (last) --unfinished_;
  if (!options_.stream) {
    choice.text += generation.text;
    return "";
  }
  std::string out;
  if (!generation.text.empty()) out += chunk(event.index, generation.text, nullptr);
  if (last) out += chunk(event.index, "", finish_name(choice.finish));
  return out;
}

std::string Reply::finish() const {
  if (options_.stream) {
    std::string out;
    if (options_.include_usage) {
      Json json = frame(true);
      json["usage"] = usage();
      out += server_sent_event(json);
    }
    return out + "data: [DONE]\n\n";
  }
  Json json = frame(false);
  for (size_t i = 0; i < choices_.size(); ++i) {
    Json choice;
    choice["index"] = i;
    if (options_.chat) {
      choice["message"] = Json{{"role", "assistant"}, {"content", choices_[i].text}};
    } else {
      choice["text"] = (i < options_.echo.size() ? options_.echo[i] : "") + choices_[i].text;
    }
    choice["logprobs"] = nullptr;
    choice["finish_reason"] = finish_name(choices_[i].finish);
    json["choices"].push_back(std::move(choice));
  }
  json["usage"] = usage();
  return dump_json(json);
}

}  // namespace fundi::serve
