// Every route against a real, tiny model of random weights over a socket.
#include "serve_testing.h"

namespace fundi::serve {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

class RoutesTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    directory_ = new ModelDirectory;
    ServeOptions options;
    options.model = directory_->path();
    options.fingerprint = "fp_test";
    server_ = new RunningServer(options);
  }
  static void TearDownTestSuite() {
    delete server_;
    delete directory_;
  }
  Client client_ = server_->client();

  // The events of a stream without [DONE], which is checked.
  std::vector<Json> stream(const std::string& path, Json body) {
    body["stream"] = true;
    std::vector<std::string> events;
    const auto response = client_.post_stream(path, body, [&](std::string_view data) {
      events.emplace_back(data);
      return true;
    });
    EXPECT_EQ(response.status, 200) << response.body;
    EXPECT_THAT(response.content_type, StartsWith("text/event-stream"));
    EXPECT_FALSE(events.empty());
    if (events.empty()) return {};
    EXPECT_EQ(events.back(), "[DONE]");
    events.pop_back();
    std::vector<Json> chunks;
    for (const std::string& event : events) chunks.push_back(parse_json(event, "event"));
    return chunks;
  }

  Json error_of(const ClientResponse& response, int status) {
    EXPECT_EQ(response.status, status) << response.body;
    const Json json = response.json();
    EXPECT_TRUE(json["error"]["message"].is_string());
    EXPECT_TRUE(json["error"]["type"].is_string());
    EXPECT_TRUE(json["error"].contains("param"));
    EXPECT_TRUE(json["error"].contains("code"));
    return json["error"];
  }

  static inline ModelDirectory* directory_ = nullptr;
  static inline RunningServer* server_ = nullptr;
};

TEST_F(RoutesTest, Chat) {
  const auto response = client_.post("/v1/chat/completions", chat_body());
  ASSERT_EQ(response.status, 200) << response.body;
  const Json json = response.json();
  EXPECT_EQ(json["object"], "chat.completion");
  EXPECT_EQ(json["model"], "tiny");
  EXPECT_EQ(json["system_fingerprint"], "fp_test");
  EXPECT_THAT(json["id"].get<std::string>(), StartsWith("chatcmpl-"));
  EXPECT_GT(json["created"].get<int64_t>(), 1'600'000'000);
  ASSERT_EQ(json["choices"].size(), 1u);
  EXPECT_EQ(json["choices"][0]["message"]["role"], "assistant");
  EXPECT_TRUE(json["choices"][0]["message"]["content"].is_string());
  const auto prompt =
      make_tokenizer()->encode(text::render_chat(*make_tokenizer(), {{"user", "Habari?"}}, true));
  EXPECT_EQ(json["usage"]["prompt_tokens"], prompt.size());
  const int64_t completion = json["usage"]["completion_tokens"];
  EXPECT_GE(completion, 1);
  EXPECT_LE(completion, 4);
  EXPECT_EQ(json["usage"]["total_tokens"], static_cast<int64_t>(prompt.size()) + completion);
}

TEST_F(RoutesTest, StreamedChatIsTheSameText) {
  Json body = chat_body(12);
  body["seed"] = 5;
  body["n"] = 2;
  const Json whole = client_.post("/v1/chat/completions", body).json();
  body["stream_options"] = {{"include_usage", true}};
  const std::vector<Json> chunks = stream("/v1/chat/completions", body);
  ASSERT_GT(chunks.size(), 4u);
  std::vector<std::string> texts(2), reasons(2);
  std::vector<int> roles(2);
  for (size_t i = 0; i + 1 < chunks.size(); ++i) {
    const Json& chunk = chunks[i];
    EXPECT_EQ(chunk["object"], "chat.completion.chunk");
    EXPECT_EQ(chunk["id"], chunks[0]["id"]);
    EXPECT_EQ(chunk["created"], chunks[0]["created"]);
    EXPECT_TRUE(chunk["usage"].is_null());
    ASSERT_EQ(chunk["choices"].size(), 1u);
    const Json& choice = chunk["choices"][0];
    const auto index = choice["index"].get<size_t>();
    EXPECT_EQ(reasons.at(index), "") << "a chunk behind the last";
    if (choice["delta"].contains("role")) {
      EXPECT_EQ(texts[index], "");
      ++roles[index];
    }
    texts[index] += choice["delta"].value("content", "");
    if (!choice["finish_reason"].is_null()) reasons[index] = choice["finish_reason"];
  }
  EXPECT_EQ(chunks.back()["choices"], Json::array());
  EXPECT_EQ(chunks.back()["usage"], whole["usage"]);
  for (size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(roles[i], 1);
    EXPECT_EQ(texts[i], whole["choices"][i]["message"]["content"]);
    EXPECT_EQ(reasons[i], whole["choices"][i]["finish_reason"]);
  }
  EXPECT_NE(texts[0], texts[1]) << "choices need seeds of their own";
}

TEST_F(RoutesTest, SeedsDecide) {
  const auto text = [&](Json more) {
    Json body = completion_body("Mahindi", 10);
    body.update(more);
    return client_.post("/v1/completions", body).json()["choices"][0]["text"].get<std::string>();
  };
  EXPECT_EQ(text({{"seed", 1}}), text({{"seed", 1}}));
  EXPECT_NE(text({{"seed", 1}}), text({{"seed", 2}}));
  EXPECT_NE(text(Json::object()), text(Json::object())) << "without a seed answers vary";
  EXPECT_EQ(text({{"temperature", 0}}), text({{"temperature", 0}, {"seed", 9}}));
}

TEST_F(RoutesTest, CompletionsOfAllPrompts) {
  Json body = completion_body({"Habari", "Mahindi"}, 3);
  body["n"] = 2;
  body["echo"] = true;
  const Json json = client_.post("/v1/completions", body).json();
  EXPECT_EQ(json["object"], "text_completion");
  ASSERT_EQ(json["choices"].size(), 4u);
  const std::vector<std::string> prompts = {"Habari", "Habari", "Mahindi", "Mahindi"};
  for (size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(json["choices"][i]["index"], i);
    EXPECT_THAT(json["choices"][i]["text"].get<std::string>(), StartsWith(prompts[i]));
  }
  // Each prompt counts once.
  const auto tokenizer = make_tokenizer();
  EXPECT_EQ(json["usage"]["prompt_tokens"],
            tokenizer->encode("Habari").size() + tokenizer->encode("Mahindi").size());
}

TEST_F(RoutesTest, TokenIdsAreTheSamePrompt) {
  Json body = completion_body("Panda mahindi", 6);
  body["temperature"] = 0;
  const Json by_text = client_.post("/v1/completions", body).json();
  body["prompt"] = make_tokenizer()->encode("Panda mahindi");
  const Json by_ids = client_.post("/v1/completions", body).json();
  EXPECT_EQ(by_text["choices"], by_ids["choices"]);
  EXPECT_EQ(by_text["usage"], by_ids["usage"]);
  body["echo"] = true;
  EXPECT_EQ(client_.post("/v1/completions", body).json()["choices"][0]["text"],
            "Panda mahindi" + by_text["choices"][0]["text"].get<std::string>());
  body["stream"] = true;
  std::string streamed;
  for (const Json& chunk : stream("/v1/completions", body)) {
    EXPECT_EQ(chunk["object"], "text_completion");
    streamed += chunk["choices"][0]["text"].get<std::string>();
  }
  EXPECT_EQ(streamed, "Panda mahindi" + by_text["choices"][0]["text"].get<std::string>());
}

TEST_F(RoutesTest, StopStringsAreCut) {
  Json body = completion_body("Habari", 30);
  body["temperature"] = 0;
  const std::string text = client_.post("/v1/completions", body).json()["choices"][0]["text"];
  ASSERT_GT(text.size(), 3u);
  // A single ASCII letter of the text as the stop string.
  const auto at =
      std::find_if(text.begin() + 1, text.end(), [](char c) { return c > ' ' && c < 127; });
  ASSERT_NE(at, text.end());
  body["stop"] = std::string(1, *at);
  const Json json = client_.post("/v1/completions", body).json();
  EXPECT_EQ(json["choices"][0]["text"], text.substr(0, text.find(*at)));
  EXPECT_EQ(json["choices"][0]["finish_reason"], "stop");
}

TEST_F(RoutesTest, MaxTokensDefaults) {
  Json body = completion_body("Habari");
  body.erase("max_tokens");
  EXPECT_LE(client_.post("/v1/completions", body).json()["usage"]["completion_tokens"], 16);
  Json chat = chat_body(100'000);  // more than the context: cut, not refused
  const Json usage = client_.post("/v1/chat/completions", chat).json()["usage"];
  EXPECT_LE(usage["total_tokens"], 128);
}

TEST_F(RoutesTest, Models) {
  const Json list = client_.get("/v1/models").json();
  EXPECT_EQ(list["object"], "list");
  ASSERT_EQ(list["data"].size(), 1u);
  EXPECT_EQ(list["data"][0]["id"], "tiny");
  EXPECT_EQ(list["data"][0]["object"], "model");
  EXPECT_EQ(client_.get("/v1/models/tiny").json(), list["data"][0]);
  EXPECT_EQ(error_of(client_.get("/v1/models/other"), 404)["code"], "model_not_found");
}

TEST_F(RoutesTest, Health) {
  const auto response = client_.get("/health?probe=1");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.json()["status"], "ok");
}

TEST_F(RoutesTest, Errors) {
  Json body = chat_body();
  body["model"] = "gpt-4";
  EXPECT_EQ(error_of(client_.post("/v1/chat/completions", body), 404)["param"], "model");
  body = chat_body();
  body["temperature"] = "warm";
  EXPECT_EQ(error_of(client_.post("/v1/chat/completions", body), 400)["param"], "temperature");
  error_of(client_.get("/nowhere"), 404);
  error_of(client_.get("/v1/models/"), 404);
  error_of(client_.get("/v1/chat/completions"), 405);
  error_of(client_.post("/v1/models", body), 405);
  EXPECT_EQ(error_of(client_.post("/v1/completions", completion_body({1, 2, 99999})), 400)["param"],
            "prompt");
  const std::string long_text(5000, 'z');
  EXPECT_EQ(error_of(client_.post("/v1/completions", completion_body(long_text)), 400)["code"],
            "context_length_exceeded");
  EXPECT_EQ(error_of(client_.post("/v1/completions", completion_body(Json::array({Json::array()}))),
                     400)["param"],
            "prompt");
  // The server is as it was.
  EXPECT_EQ(client_.post("/v1/chat/completions", chat_body()).status, 200);
}

TEST_F(RoutesTest, AnEmptyPromptStartsFromNothing) {
  EXPECT_EQ(client_.post("/v1/completions", completion_body("")).status, 200);
}

TEST_F(RoutesTest, EightClientsTogether) {
  Json body = completion_body("Mahindi yangu", 24);
  body["temperature"] = 0;
  const Json expected = client_.post("/v1/completions", body).json()["choices"];
  std::vector<std::thread> threads;
  std::atomic<int> good = 0;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] {
      Client client = server_->client();
      for (int i = 0; i < 4; ++i) {
        if ((t + i) % 2 == 0) {
          good += client.post("/v1/completions", body).json()["choices"] == expected ? 1 : 0;
          continue;
        }
        Json streamed = body;
        streamed["stream"] = true;
        std::string text;
        client.post_stream("/v1/completions", streamed, [&](std::string_view data) {
          if (data != "[DONE]") {
            text += parse_json(data, "event")["choices"][0]["text"].get<std::string>();
          }
          return true;
        });
        good += text == expected[0]["text"] ? 1 : 0;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(good, 32);
}

}  // namespace
}  // namespace fundi::serve
