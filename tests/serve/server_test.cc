// Load, stopping, addresses.
#include "serve/server.h"

#include <future>

#include "serve_testing.h"

namespace fundi::serve {
namespace {

using testing::HasSubstr;

Runtime scripted(const std::shared_ptr<Script>& script) {
  return {make_tokenizer(), std::make_unique<ScriptedBatcher>(script), 300, 100'000};
}

TEST(Server, QueuesAndThenRefuses) {
  const auto script = std::make_shared<Script>();
  script->step_ms = 5;
  ServeOptions options;
  options.max_concurrent = 2;
  options.max_waiting = 3;
  RunningServer server(options, script);
  std::vector<std::future<int>> answers;
  for (int i = 0; i < 5; ++i) {
    answers.push_back(std::async(std::launch::async, [&] {
      return server.client().post("/v1/completions", completion_body("a", 40)).status;
    }));
  }
  Client client = server.client();
  ASSERT_TRUE(eventually([&] { return client.get("/health").json()["sequences"] == 5; }));
  const auto refused = client.post("/v1/completions", completion_body("a", 1));
  EXPECT_EQ(refused.status, 503);
  EXPECT_EQ(refused.retry_after, "1");
  for (auto& answer : answers) EXPECT_EQ(answer.get(), 200);
  EXPECT_EQ(script->most_together, 2);
  Json many = completion_body("a", 1);
  many["n"] = 6;
  EXPECT_EQ(client.post("/v1/completions", many).status, 400) << "could never be taken";
  EXPECT_EQ(client.post("/v1/completions", completion_body("a", 1)).status, 200);
}

TEST(Server, RefusesTooManyConnections) {
  ServeOptions options;
  options.max_connections = 2;
  RunningServer server(options, std::make_shared<Script>());
  Client a = server.client(), b = server.client(), c = server.client();
  EXPECT_EQ(a.get("/health").status, 200);
  EXPECT_EQ(b.get("/health").status, 200);
  EXPECT_EQ(c.get("/health").status, 503);
  b = server.client();  // closes the old one
  EXPECT_TRUE(eventually([&] { return c.get("/health").status == 200; }));
}

TEST(Server, StopFinishesWhatRuns) {
  const auto script = std::make_shared<Script>();
  script->step_ms = 5;
  RunningServer server({}, script);
  RawConnection idle(server.port());
  auto answer = std::async(std::launch::async, [&] {
    return server.client().post("/v1/completions", completion_body("a", 60)).body;
  });
  ASSERT_TRUE(eventually([&] { return script->added == 1; }));
  server.finish();
  EXPECT_THAT(answer.get(), HasSubstr("w59"));
  EXPECT_EQ(idle.read_all(), "");
  EXPECT_THROW(server.client().get("/health"), Error);
}

TEST(Server, StopCutsOffAtTheDeadline) {
  const auto script = std::make_shared<Script>();
  script->step_ms = 5;
  ServeOptions options;
  options.drain_timeout = 200ms;
  RunningServer server(options, script);
  auto answer = std::async(std::launch::async, [&] {
    EXPECT_THROW(server.client().post("/v1/completions", completion_body("a", 50'000)), Error);
  });
  ASSERT_TRUE(eventually([&] { return script->added == 1; }));
  const auto begin = std::chrono::steady_clock::now();
  server.finish();
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 2s);
  answer.get();
}

TEST(Server, StopBeforeRun) {
  ServeOptions options;
  options.port = 0;
  Server server(options, scripted(std::make_shared<Script>()));
  server.stop();
  server.run();
}

TEST(Server, SignalsDrain) {
  const auto script = std::make_shared<Script>();
  script->step_ms = 5;
  ServeOptions options;
  options.handle_signals = true;
  RunningServer server(options, script);
  auto answer = std::async(std::launch::async, [&] {
    return server.client().post("/v1/completions", completion_body("a", 40)).status;
  });
  ASSERT_TRUE(eventually([&] { return script->added == 1; }));
  ::kill(::getpid(), SIGTERM);
  EXPECT_EQ(answer.get(), 200);
  server.join();
}

TEST(Server, ASignalEndsAnIdleServer) {
  ServeOptions options;
  options.handle_signals = true;
  RunningServer server(options, std::make_shared<Script>());
  EXPECT_EQ(server.client().get("/health").status, 200);
  ::kill(::getpid(), SIGINT);
  server.join();
}

TEST(Server, ASecondSignalEndsAtOnce) {
  const auto script = std::make_shared<Script>();
  script->step_ms = 5;
  ServeOptions options;
  options.handle_signals = true;
  RunningServer server(options, script);
  auto answer = std::async(std::launch::async, [&] {
    EXPECT_THROW(server.client().post("/v1/completions", completion_body("a", 50'000)), Error);
  });
  ASSERT_TRUE(eventually([&] { return script->added == 1; }));
  const auto begin = std::chrono::steady_clock::now();
  ::kill(::getpid(), SIGTERM);
  std::this_thread::sleep_for(50ms);
  ::kill(::getpid(), SIGTERM);
  server.join();
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 2s);
  answer.get();
}

TEST(Server, NamesATakenAddress) {
  RunningServer first({}, std::make_shared<Script>());
  ServeOptions options;
  options.port = first.port();
  try {
    Server second(options, scripted(std::make_shared<Script>()));
    ADD_FAILURE() << "two servers on one port";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kUnavailable);
    EXPECT_THAT(error.what(), HasSubstr(fmt::format("127.0.0.1:{}", first.port())));
  }
}

TEST(Server, NamesABadHost) {
  ServeOptions options;
  options.host = "256.1.1.1.invalid";
  try {
    Server server(options, scripted(std::make_shared<Script>()));
    ADD_FAILURE();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
    EXPECT_THAT(error.what(), HasSubstr("256.1.1.1.invalid"));
  }
}

TEST(Server, NamesAMissingModel) {
  ServeOptions options;
  options.port = 0;
  options.model = "/nonexistent/model";
  try {
    Server server(options);
    ADD_FAILURE();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kNotFound);
    EXPECT_THAT(error.what(), HasSubstr("/nonexistent/model"));
  }
}

TEST(Server, TakesTheModelsNameFromItsDirectory) {
  ServeOptions options;
  options.port = 0;
  options.model = "models/swahili/";
  const Server server(options, scripted(std::make_shared<Script>()));
  EXPECT_EQ(server.model_name(), "swahili");
  EXPECT_EQ(server.address(), fmt::format("http://127.0.0.1:{}", server.port()));
}

TEST(Client, SaysThatNobodyListens) {
  uint16_t port = 0;
  {
    ServeOptions options;
    options.port = 0;
    port = Server(options, scripted(std::make_shared<Script>())).port();
  }
  try {
    Client("127.0.0.1", port, 2s).get("/health");
    ADD_FAILURE();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kUnavailable);
    EXPECT_THAT(error.what(), HasSubstr(std::to_string(port)));
  }
}

TEST(Client, TimesOutAndRecovers) {
  const auto script = std::make_shared<Script>();
  script->step_ms = 5;
  RunningServer server({}, script);
  Client client = server.client(200ms);
  EXPECT_THROW(client.post("/v1/completions", completion_body("a", 50'000)), Error);
  EXPECT_TRUE(eventually([&] { return script->cancelled == 1; }));
  EXPECT_EQ(client.get("/health").status, 200);
}

TEST(Client, ReconnectsWhenTheServerClosed) {
  ServeOptions options;
  options.header_timeout = 100ms;
  RunningServer server(options, std::make_shared<Script>());
  Client client = server.client();
  EXPECT_EQ(client.get("/health").status, 200);
  std::this_thread::sleep_for(300ms);
  EXPECT_EQ(client.get("/health").status, 200);
}

TEST(Client, EndsAStreamEarly) {
  const auto script = std::make_shared<Script>();
  RunningServer server({}, script);
  Client client = server.client();
  Json body = completion_body("a", 50'000);
  body["stream"] = true;
  int events = 0;
  client.post_stream("/v1/completions", body, [&](std::string_view) { return ++events < 5; });
  EXPECT_EQ(events, 5);
  EXPECT_TRUE(eventually([&] { return script->cancelled == 1; }));
}

}  // namespace
}  // namespace fundi::serve
