#include "serve/reply.h"

#include <iterator>
#include <utility>

namespace fundi::serve {
namespace {

Json call_json(const ToolCall& call) {
  return Json{{"id", call.id},
              {"type", "function"},
              {"function", {{"name", call.name}, {"arguments", call.arguments}}}};
}

void append(AnswerPiece& answer, AnswerPiece piece) {
  answer.reasoning += piece.reasoning;
  answer.content += piece.content;
  std::move(piece.calls.begin(), piece.calls.end(), std::back_inserter(answer.calls));
}

}  // namespace

std::string server_sent_event(const Json& json) { return "data: " + dump_json(json) + "\n\n"; }

Reply::Reply(ReplyOptions options) : options_(std::move(options)), unfinished_(options_.choices) {
  for (size_t i = 0; i < options_.choices; ++i) {
    choices_.push_back({AnswerParser(options_.answer, options_.make_call_id), {}});
  }
}

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

Json Reply::finish_name(const Choice& choice) const {
  switch (choice.finish) {
    case models::FinishReason::kNone:
      return nullptr;
    case models::FinishReason::kLength:
      return "length";
    default:
      return choice.parser.called() ? "tool_calls" : "stop";
  }
}

// `choice` has what the chunk brings: "delta" or "text".
std::string Reply::chunk(size_t index, Json choice, Json finish) const {
  Json numbered;
  numbered["index"] = index;
  numbered.update(choice);
  numbered["logprobs"] = nullptr;
  numbered["finish_reason"] = std::move(finish);
  Json json = frame(true);
  json["choices"].push_back(std::move(numbered));
  if (options_.include_usage) json["usage"] = nullptr;
  return server_sent_event(json);
}

std::string Reply::text_chunk(size_t index, const std::string& text) const {
  return chunk(index, {{"text", text}}, nullptr);
}

std::string Reply::chat_chunks(size_t index, Choice& choice, const AnswerPiece& piece) const {
  std::string out;
  const auto send = [&](const char* key, Json value) {
    Json delta = Json::object();
    delta[key] = std::move(value);
    out += chunk(index, {{"delta", std::move(delta)}}, nullptr);
  };
  if (!piece.reasoning.empty()) send("reasoning_content", piece.reasoning);
  if (!piece.content.empty()) send("content", piece.content);
  for (const ToolCall& call : piece.calls) {
    Json json = call_json(call);
    json["index"] = choice.calls++;
    send("tool_calls", Json::array({std::move(json)}));
  }
  return out;
}

std::string Reply::begin() {
  std::string out;
  for (size_t i = 0; i < choices_.size(); ++i) {
    if (options_.chat) {
      out += chunk(i, {{"delta", {{"role", "assistant"}, {"content", ""}}}}, nullptr);
    } else if (i < options_.echo.size() && !options_.echo[i].empty()) {
      out += text_chunk(i, options_.echo[i]);
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
  AnswerPiece piece;
  if (options_.chat) {
    piece = choice.parser.push(generation.text);
    if (last) append(piece, choice.parser.finish());
  } else {
    piece.content = generation.text;
  }
  if (!options_.stream) {
    append(choice.answer, std::move(piece));
    return "";
  }
  std::string out;
  if (options_.chat) {
    out = chat_chunks(event.index, choice, piece);
  } else if (!piece.content.empty()) {
    out = text_chunk(event.index, piece.content);
  }
  if (!last) return out;
  const Json nothing = options_.chat ? Json{{"delta", Json::object()}} : Json{{"text", ""}};
  return out + chunk(event.index, nothing, finish_name(choice));
}

Json Reply::message(const AnswerPiece& answer) const {
  Json json{{"role", "assistant"}, {"content", answer.content}};
  if (!answer.reasoning.empty()) json["reasoning_content"] = answer.reasoning;
  if (answer.calls.empty()) return json;
  if (answer.content.empty()) json["content"] = nullptr;
  for (const ToolCall& call : answer.calls) json["tool_calls"].push_back(call_json(call));
  return json;
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
    const Choice& answered = choices_[i];
    Json choice;
    choice["index"] = i;
    if (options_.chat) {
      choice["message"] = message(answered.answer);
    } else {
      choice["text"] = (i < options_.echo.size() ? options_.echo[i] : "") + answered.answer.content;
    }
    choice["logprobs"] = nullptr;
    choice["finish_reason"] = finish_name(answered);
    json["choices"].push_back(std::move(choice));
  }
  json["usage"] = usage();
  return dump_json(json);
}

}  // namespace fundi::serve
