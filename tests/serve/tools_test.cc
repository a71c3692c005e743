// Tools and reasoning over a socket, with the answers of a scripted model.
#include "serve_testing.h"

namespace fundi::serve {
namespace {

using testing::HasSubstr;

constexpr const char* kTemplate =
    "{% if tools %}<tools>{{ tools|tojson }}</tools><tool_call>{% endif %}"
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}"
    "{% for c in m.tool_calls or [] %}{{ c.function.arguments|tojson }}{% endfor %}<|im_end|>"
    "{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n"
    "{% if enable_thinking is not false %}<think>\n{% endif %}{% endif %}{{ reasoning_effort }}";

struct Answer {
  std::string reasoning, content, finish;
  Json calls = Json::array();
};

// A server whose model always says the same words.
class Spoken {
 public:
  explicit Spoken(std::vector<std::string> words, ServeOptions options = {}) {
    auto script = std::make_shared<Script>();
    script->words = std::move(words);
    if (!options.chat.chat_template) options.chat.chat_template = kTemplate;
    server_ = std::make_unique<RunningServer>(options, script);
  }
  ClientResponse post(const Json& body) {
    return server_->client().post("/v1/chat/completions", body);
  }
  // The answer as it is streamed; every delta must be whole.
  Answer stream(Json body) {
    body["stream"] = true;
    Answer out;
    const auto response =
        server_->client().post_stream("/v1/chat/completions", body, [&](std::string_view data) {
          if (data == "[DONE]") return true;
          const Json choice = parse_json(data, "event")["choices"][0];
          const Json& delta = choice["delta"];
          out.reasoning += delta.value("reasoning_content", "");
          out.content += delta.value("content", "");
          if (delta.contains("tool_calls")) {
            for (Json call : delta["tool_calls"]) {
              EXPECT_EQ(call["index"], out.calls.size());
              call.erase("index");
              out.calls.push_back(call);
            }
          }
          if (choice["finish_reason"].is_string()) out.finish = choice["finish_reason"];
          return true;
        });
    EXPECT_EQ(response.status, 200) << response.body;
    return out;
  }

 private:
  std::unique_ptr<RunningServer> server_;
};

Json body_with_tools() {
  Json body = chat_body(100);
  body["tools"] = Json::array({{{"type", "function"}, {"function", {{"name", "weather"}}}}});
  return body;
}

TEST(Tools, CallsComeBackWhole) {
  Spoken spoken({"Hm", "m.\n</th", "ink>\n\nNita", "angalia.\n<tool", "_call>\n{\"name\": \"weat",
                 "her\", \"arguments\": {\"place\": \"Kisumu\"}}\n</tool_", "call>"});
  const auto response = spoken.post(body_with_tools());
  ASSERT_EQ(response.status, 200) << response.body;
  const Json choice = response.json()["choices"][0];
  EXPECT_EQ(choice["finish_reason"], "tool_calls");
  const Json& message = choice["message"];
  EXPECT_EQ(message["reasoning_content"], "Hmm.");
  EXPECT_EQ(message["content"], "Nitaangalia.");
  ASSERT_EQ(message["tool_calls"].size(), 1u);
  const Json& call = message["tool_calls"][0];
  EXPECT_EQ(call["type"], "function");
  EXPECT_EQ(call["id"].get<std::string>().size(), 9u);
  EXPECT_EQ(call["function"], (Json{{"name", "weather"}, {"arguments", "{\"place\":\"Kisumu\"}"}}));

  const Answer streamed = spoken.stream(body_with_tools());
  EXPECT_EQ(streamed.reasoning, "Hmm.");
  EXPECT_EQ(streamed.content, "Nitaangalia.");
  EXPECT_EQ(streamed.finish, "tool_calls");
  ASSERT_EQ(streamed.calls.size(), 1u);
  EXPECT_EQ(streamed.calls[0]["function"], call["function"]);

  // The answer and its result go back to the template.
  Json again = body_with_tools();
  again["messages"].push_back(message);
  again["messages"].push_back(
      {{"role", "tool"}, {"tool_call_id", call["id"]}, {"content", "{\"sky\": \"clear\"}"}});
  EXPECT_EQ(spoken.post(again).status, 200);
}

TEST(Tools, ContentIsNullWhereThereAreCallsOnly) {
  Spoken spoken({"</think>", "<tool_call>{\"name\": \"weather\"}</tool_call>"});
  const Json message = spoken.post(body_with_tools()).json()["choices"][0]["message"];
  EXPECT_TRUE(message["content"].is_null());
  EXPECT_FALSE(message.contains("reasoning_content"));
}

TEST(Tools, WithoutToolsTextIsText) {
  Spoken spoken({"</think>", "<tool_call>{\"name\": \"weather\"}</tool_call>"});
  const Json choice = spoken.post(chat_body(100)).json()["choices"][0];
  EXPECT_EQ(choice["message"]["content"], "<tool_call>{\"name\": \"weather\"}</tool_call>");
  EXPECT_FALSE(choice["message"].contains("tool_calls"));
  EXPECT_EQ(choice["finish_reason"], "stop");
}

TEST(Tools, TemplatesWithoutToolsRefuseThem) {
  ServeOptions options;
  options.chat.chat_template = std::string(text::chatml_template());
  Spoken spoken({"x"}, options);
  const auto response = spoken.post(body_with_tools());
  EXPECT_EQ(response.status, 400);
  EXPECT_EQ(response.json()["error"]["param"], "tools");
}

TEST(Reasoning, EndsWhereTheTemplateSays) {
  Spoken spoken({"Sawa", "."});
  Json body = chat_body(100);
  Answer streamed = spoken.stream(body);
  EXPECT_EQ(streamed.reasoning, "Sawa.");
  EXPECT_EQ(streamed.content, "");
  body["chat_template_kwargs"] = {{"enable_thinking", false}};
  streamed = spoken.stream(body);
  EXPECT_EQ(streamed.reasoning, "");
  EXPECT_EQ(streamed.content, "Sawa.");
}

TEST(Reasoning, CanBeLeftInTheText) {
  ServeOptions options;
  options.chat.reasoning = ReasoningFormat::kNone;
  Spoken spoken({"<think>", "Hm.", "</think>", "\nSawa."}, options);
  EXPECT_EQ(spoken.stream(chat_body(100)).content, "<think>Hm.</think>\nSawa.");
}

TEST(Reasoning, EffortIsForTemplatesThatKnowIt) {
  Json body = chat_body(100);
  body["reasoning_effort"] = "high";
  Spoken knows({"x"});
  EXPECT_EQ(knows.post(body).status, 200);
  ServeOptions options;
  options.chat.chat_template = std::string(text::chatml_template());
  Spoken ignores({"x"}, options);
  EXPECT_EQ(ignores.post(body).json()["error"]["param"], "reasoning_effort");
  body["reasoning_effort"] = "none";
  EXPECT_EQ(ignores.post(body).status, 200);
}

TEST(Tools, WhatATemplateRefusesIsTheClientsError) {
  ServeOptions options;
  options.chat.chat_template = "{{ raise_exception('roles must alternate') }}";
  Spoken spoken({"x"}, options);
  const auto response = spoken.post(chat_body());
  EXPECT_EQ(response.status, 400);
  EXPECT_THAT(response.json()["error"]["message"].get<std::string>(),
              HasSubstr("roles must alternate"));
}

}  // namespace
}  // namespace fundi::serve
