#include "serve/requests.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "serve/api_error.h"

namespace fundi::serve {
namespace {

using testing::HasSubstr;

Json chat(const Json& more = Json::object()) {
  Json body = {{"model", "m"}, {"messages", Json::array({{{"role", "user"}, {"content", "hi"}}})}};
  body.update(more);
  return body;
}

Json completion(const Json& more = Json::object()) {
  Json body = {{"model", "m"}, {"prompt", "hi"}};
  body.update(more);
  return body;
}

// The parameter an ApiError 400 names, "-" for none, "accepted" where nothing is thrown.
template <typename Parse>
std::string refused(const Parse& parse, const std::string& body, std::string* message = nullptr) {
  try {
    parse(body);
  } catch (const ApiError& error) {
    EXPECT_EQ(error.status(), 400);
    if (message) *message = error.what();
    return error.param().empty() ? "-" : error.param();
  }
  return "accepted";
}
std::string refused_chat(const Json& more) {
  return refused(parse_chat_request, chat(more).dump());
}
std::string refused_completion(const Json& more) {
  return refused(parse_completion_request, completion(more).dump());
}

TEST(ChatRequest, DefaultsAreOpenAis) {
  const ChatRequest request = parse_chat_request(chat().dump());
  EXPECT_EQ(request.parameters.model, "m");
  EXPECT_EQ(request.parameters.sampling.temperature, 1.0);
  EXPECT_EQ(request.parameters.sampling.top_p, 1.0);
  EXPECT_EQ(request.parameters.sampling.top_k, 0);
  EXPECT_EQ(request.parameters.n, 1);
  EXPECT_FALSE(request.parameters.max_tokens);
  EXPECT_FALSE(request.parameters.seed);
  EXPECT_FALSE(request.parameters.stream);
  ASSERT_EQ(request.conversation.messages.size(), 1u);
  EXPECT_EQ(request.conversation.messages[0].content(), "hi");
  EXPECT_TRUE(request.conversation.tools.is_null());
  EXPECT_TRUE(request.parallel_tool_calls);
}

TEST(ChatRequest, ReadsEveryParameter) {
  const ChatRequest request =
      parse_chat_request(chat({{"max_completion_tokens", 7},
                               {"temperature", 0.5},
                               {"top_p", 0.9},
                               {"top_k", 40},
                               {"min_p", 0.1},
                               {"repetition_penalty", 1.1},
                               {"stop", {"a", "b"}},
                               {"seed", -3},
                               {"stream", true},
                               {"stream_options", {{"include_usage", true}}},
                               {"n", 2},
                               {"user", "someone"}})
                             .dump());
  const GenerationParameters& p = request.parameters;
  EXPECT_EQ(p.max_tokens, 7);
  EXPECT_EQ(p.sampling.temperature, 0.5);
  EXPECT_EQ(p.sampling.top_p, 0.9);
  EXPECT_EQ(p.sampling.top_k, 40);
  EXPECT_EQ(p.sampling.min_p, 0.1);
  EXPECT_EQ(p.sampling.repetition_penalty, 1.1);
  EXPECT_EQ(p.stop, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(p.seed, static_cast<uint64_t>(-3));
  EXPECT_TRUE(p.stream);
  EXPECT_TRUE(p.include_usage);
  EXPECT_EQ(p.n, 2);
  EXPECT_EQ(parse_chat_request(chat({{"stop", "x"}}).dump()).parameters.stop,
            std::vector<std::string>{"x"});
}

TEST(ChatRequest, JoinsTextPartsAndRenamesDeveloper) {
  Json body = chat();
  body["messages"] = Json::array(
      {{{"role", "developer"}, {"content", "be brief"}},
       {{"role", "user"},
        {"content",
         Json::array({{{"type", "text"}, {"text", "a"}}, {{"type", "text"}, {"text", "b"}}})}},
       {{"role", "assistant"}, {"content", "c"}, {"refusal", nullptr}, {"tool_calls", nullptr}}});
  const ChatRequest request = parse_chat_request(body.dump());
  const std::vector<text::Message>& messages = request.conversation.messages;
  ASSERT_EQ(messages.size(), 3u);
  EXPECT_EQ(messages[0].role(), "system");
  EXPECT_EQ(messages[1].json(), (Json{{"role", "user"}, {"content", "ab"}}));
  EXPECT_EQ(messages[2].json(), (Json{{"role", "assistant"}, {"content", "c"}}));
}

TEST(ChatRequest, NamesTheWrongParameter) {
  for (const auto& [key, value] :
       std::vector<std::pair<std::string, Json>>{{"model", 3},
                                                 {"model", nullptr},
                                                 {"messages", "hi"},
                                                 {"messages", Json::array()},
                                                 {"messages", nullptr},
                                                 {"temperature", "hot"},
                                                 {"temperature", -0.1},
                                                 {"temperature", 2.1},
                                                 {"top_p", 1.5},
                                                 {"top_p", true},
                                                 {"top_k", -2},
                                                 {"top_k", 1.5},
                                                 {"min_p", 2},
                                                 {"repetition_penalty", 0},
                                                 {"max_tokens", 0},
                                                 {"max_tokens", "4"},
                                                 {"max_tokens", true},
                                                 {"max_tokens", 1e30},
                                                 {"max_tokens", 18446744073709551615u},
                                                 {"max_completion_tokens", -1},
                                                 {"n", 0},
                                                 {"n", 17},
                                                 {"seed", 1.5},
                                                 {"stream", 1},
                                                 {"stop", 1},
                                                 {"stop", ""},
                                                 {"stop", {"a", 1}},
                                                 {"stop", Json(std::vector<std::string>(17, "x"))},
                                                 {"stop", std::string(2000, 'x')},
                                                 {"stream_options", {{"include_usage", true}}}}) {
    EXPECT_EQ(refused_chat({{key, value}}), key) << value;
  }
  EXPECT_EQ(refused_chat({{"max_tokens", 3}, {"max_completion_tokens", 4}}),
            "max_completion_tokens");
  EXPECT_EQ(refused_chat({{"stream", true}, {"stream_options", 3}}), "stream_options");
  EXPECT_EQ(refused_chat({{"stream", true}, {"stream_options", {{"include_usage", 1}}}}),
            "stream_options.include_usage");
}

TEST(ChatRequest, RefusesWhatItCannotDoUnlessLeftAtDefault) {
  const Json json_mode = {{"type", "json_object"}};
  for (const auto& [key, bad, good] : std::vector<std::tuple<std::string, Json, Json>>{
           {"tool_choice", "required", "none"},
           {"tool_choice", Json{{"type", "function"}, {"function", {{"name", "f"}}}}, "auto"},
           {"response_format", json_mode, Json{{"type", "text"}}},
           {"logprobs", true, false},
           {"top_logprobs", 2, 0},
           {"logit_bias", Json{{"5", 1}}, Json::object()},
           {"frequency_penalty", 0.5, 0.0},
           {"presence_penalty", -1, 0},
           {"modalities", Json::array({"text", "audio"}), Json::array({"text"})}}) {
    EXPECT_EQ(refused_chat({{key, bad}}), key);
    EXPECT_EQ(refused_chat({{key, good}}), "accepted") << key;
    EXPECT_EQ(refused_chat({{key, nullptr}}), "accepted") << key;
  }
}

TEST(ChatRequest, SuggestsTheNameMeant) {
  std::string message;
  EXPECT_EQ(refused(parse_chat_request, chat({{"temprature", 1}}).dump(), &message), "temprature");
  EXPECT_THAT(message, HasSubstr("'temperature'"));
}

TEST(ChatRequest, NamesTheWrongMessage) {
  const auto with = [](const Json& message) {
    Json body = chat();
    body["messages"].push_back(message);
    return refused(parse_chat_request, body.dump());
  };
  EXPECT_EQ(with(3), "messages[1]");
  EXPECT_EQ(with({{"content", "x"}}), "messages[1].role");
  EXPECT_EQ(with({{"role", "narrator"}, {"content", "x"}}), "messages[1].role");
  EXPECT_EQ(with({{"role", "user"}}), "messages[1].content");
  EXPECT_EQ(with({{"role", "user"}, {"content", 3}}), "messages[1].content");
  EXPECT_EQ(with({{"role", "assistant"}, {"content", "x"}, {"tool_calls", Json::array({1})}}),
            "messages[1].tool_calls[0]");
  const auto with_call = [&](const Json& call) {
    return with({{"role", "assistant"}, {"tool_calls", Json::array({call})}});
  };
  EXPECT_EQ(with_call({{"id", "1"}}), "messages[1].tool_calls[0].function");
  EXPECT_EQ(with_call({{"type", "custom"}}), "messages[1].tool_calls[0].type");
  EXPECT_EQ(with_call({{"function", {{"arguments", "{}"}}}}),
            "messages[1].tool_calls[0].function.name");
  EXPECT_EQ(with_call({{"function", {{"name", "f"}}}}),
            "messages[1].tool_calls[0].function.arguments");
  EXPECT_EQ(with_call({{"function", {{"name", "f"}, {"arguments", 3}}}}),
            "messages[1].tool_calls[0].function.arguments");
  EXPECT_EQ(with({{"role", "assistant"}, {"tool_calls", 3}}), "messages[1].tool_calls");
  EXPECT_EQ(with({{"role", "tool"}, {"content", "x"}, {"tool_call_id", 3}}),
            "messages[1].tool_call_id");
  EXPECT_EQ(with({{"role", "user"}, {"content", Json::array({{{"type", "image_url"}}})}}),
            "messages[1].content[0].type");
  EXPECT_EQ(with({{"role", "user"}, {"content", Json::array({{{"type", "text"}}})}}),
            "messages[1].content[0].text");
  EXPECT_EQ(with({{"role", "user"}, {"content", Json::array({"x"})}}), "messages[1].content[0]");
}

TEST(ChatRequest, ReadsToolsAndTheirCalls) {
  const Json tool = {{"type", "function"},
                     {"function", {{"name", "f"}, {"parameters", {{"x", 1}}}}}};
  const Json call = {{"id", "1"},
                     {"type", "function"},
                     {"function", {{"name", "f"}, {"arguments", "{\"x\": 1}"}}}};
  Json body = chat({{"tools", Json::array({tool})},
                    {"tool_choice", "auto"},
                    {"parallel_tool_calls", false},
                    {"reasoning_effort", "low"},
                    {"chat_template_kwargs", {{"enable_thinking", false}}}});
  body["messages"].push_back({{"role", "assistant"},
                              {"content", nullptr},
                              {"reasoning_content", "Hm."},
                              {"refusal", nullptr},
                              {"tool_calls", Json::array({call})}});
  body["messages"].push_back(
      {{"role", "tool"}, {"tool_call_id", "1"}, {"name", "f"}, {"content", "ok"}});
  const ChatRequest request = parse_chat_request(body.dump());
  EXPECT_EQ(request.conversation.tools, Json::array({tool}));
  EXPECT_FALSE(request.parallel_tool_calls);
  EXPECT_EQ(request.reasoning_effort, "low");
  EXPECT_EQ(request.conversation.arguments, (Json{{"enable_thinking", false}}));
  const std::vector<text::Message>& messages = request.conversation.messages;
  ASSERT_EQ(messages.size(), 3u);
  EXPECT_EQ(messages[1].json(), (Json{{"role", "assistant"},
                                      {"content", nullptr},
                                      {"tool_calls", Json::array({call})},
                                      {"reasoning_content", "Hm."}}));
  EXPECT_EQ(messages[2].json(),
            (Json{{"role", "tool"}, {"content", "ok"}, {"name", "f"}, {"tool_call_id", "1"}}));
  body["tool_choice"] = "none";
  EXPECT_TRUE(parse_chat_request(body.dump()).conversation.tools.is_null());
}

TEST(ChatRequest, NamesTheWrongTool) {
  const auto with = [](const Json& tools) { return refused_chat({{"tools", tools}}); };
  EXPECT_EQ(with(3), "tools");
  EXPECT_EQ(with(Json(std::vector<int>(600))), "tools");
  EXPECT_EQ(with(Json::array({1})), "tools[0]");
  EXPECT_EQ(with(Json::array({Json::object()})), "tools[0].function");
  EXPECT_EQ(with(Json::array({{{"type", "web_search"}}})), "tools[0].type");
  EXPECT_EQ(with(Json::array({{{"function", {{"x", 1}}}}})), "tools[0].function.name");
  EXPECT_EQ(with(Json::array()), "accepted");
  EXPECT_EQ(refused_chat({{"chat_template_kwargs", 3}}), "chat_template_kwargs");
  EXPECT_EQ(refused_chat({{"chat_template_kwargs", {{"messages", 3}}}}),
            "chat_template_kwargs.messages");
}

TEST(ChatRequest, RefusesMalformedBodies) {
  for (const std::string& body :
       std::vector<std::string>{"", "{", "[]", "3", "null", "{\"model\": \"\xff\"}",
                                std::string(100000, '['), std::string("{\"a\":\0}", 7)}) {
    EXPECT_EQ(refused(parse_chat_request, body), "-") << body.substr(0, 20);
    EXPECT_EQ(refused(parse_completion_request, body), "-") << body.substr(0, 20);
  }
}

TEST(CompletionRequest, TakesEveryFormOfPrompt) {
  const auto prompts = [](const Json& prompt) {
    return parse_completion_request(completion({{"prompt", prompt}}).dump()).prompts;
  };
  EXPECT_EQ(std::get<std::string>(prompts("a").at(0)), "a");
  EXPECT_EQ(prompts({"a", "b", "c"}).size(), 3u);
  EXPECT_EQ(std::get<std::vector<int32_t>>(prompts({1, 2}).at(0)), (std::vector<int32_t>{1, 2}));
  const auto lists = prompts(Json::array({Json::array({1, 2}), Json::array({3})}));
  ASSERT_EQ(lists.size(), 2u);
  EXPECT_EQ(std::get<std::vector<int32_t>>(lists[1]), std::vector<int32_t>{3});
}

TEST(CompletionRequest, RefusesOtherPrompts) {
  for (const Json& prompt : std::vector<Json>{
           nullptr, 3, Json::object(), Json::array(), Json::array({1, "a"}), Json::array({-1}),
           Json::array({1.5}), Json::array({4294967296}), Json::array({"a", 1}),
           Json::array({nullptr}), Json(std::vector<std::string>(65, "x"))}) {
    EXPECT_EQ(refused_completion({{"prompt", prompt}}), "prompt") << prompt;
  }
  EXPECT_EQ(refused_completion({{"logprobs", 0}}), "logprobs");
  EXPECT_EQ(refused_completion({{"suffix", "x"}}), "suffix");
  EXPECT_EQ(refused_completion({{"best_of", 3}}), "best_of");
  EXPECT_EQ(refused_completion({{"best_of", 2}, {"n", 2}}), "accepted");
  EXPECT_EQ(refused_completion({{"messages", Json::array()}}), "messages");
  EXPECT_EQ(refused_completion({{"echo", "yes"}}), "echo");
}

TEST(CompletionRequest, ZeroTopPKeepsTheBestToken) {
  const auto sampling =
      parse_completion_request(completion({{"top_p", 0}}).dump()).parameters.sampling;
  EXPECT_EQ(sampling.top_k, 1);
  EXPECT_NO_THROW(sampling.validate());
}

}  // namespace
}  // namespace fundi::serve
