// HTTP as clients on the internet speak it: pipelined, slow, broken, gone.
#include "serve_testing.h"

namespace fundi::serve {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

size_t count(const std::string& text, std::string_view part) {
  size_t n = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++n;
  return n;
}

constexpr const char* kClose = "Connection: close\r\n";

class ConnectionTest : public testing::Test {
 protected:
  RunningServer& start(ServeOptions options = {}) {
    server_ = std::make_unique<RunningServer>(std::move(options), script_);
    return *server_;
  }
  std::shared_ptr<Script> script_ = std::make_shared<Script>();
  std::unique_ptr<RunningServer> server_;
};

TEST_F(ConnectionTest, AnswersPipelinedRequestsInOrder) {
  RawConnection raw(start().port());
  raw.send(raw_post("/v1/completions", completion_body("a", 30).dump()) +
           "GET /health HTTP/1.1\r\nHost: x\r\n\r\n" +
           raw_post("/v1/completions", completion_body("a", 2).dump()) +
           "GET /v1/models HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  const std::string all = raw.read_all();
  EXPECT_EQ(count(all, "HTTP/1.1 200 OK"), 4u) << all;
  const size_t first = all.find("w29"), second = all.find("\"status\":\"ok\""),
               third = all.find("w1 \""), fourth = all.find("\"object\":\"list\"");
  EXPECT_LT(first, second);
  EXPECT_LT(second, third);
  EXPECT_LT(third, fourth);
  EXPECT_NE(fourth, std::string::npos);
}

TEST_F(ConnectionTest, PipelinedDuringAStream) {
  script_->step_ms = 5;
  RawConnection raw(start().port());
  Json body = completion_body("a", 20);
  body["stream"] = true;
  raw.send(raw_post("/v1/completions", body.dump()));
  raw.read_until("w2 ");
  raw.send("GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  const std::string all = raw.read_all();
  EXPECT_EQ(count(all, "HTTP/1.1 200 OK"), 2u);
  EXPECT_LT(all.find("[DONE]"), all.find("\"status\":\"ok\""));
  EXPECT_EQ(script_->cancelled, 0);
}

TEST_F(ConnectionTest, KeepsTheConnection) {
  RawConnection raw(start().port());
  for (int i = 1; i <= 3; ++i) {
    raw.send(raw_post("/v1/completions", completion_body("a", i).dump()));
    const std::string all = raw.read_until("\"completion_tokens\":" + std::to_string(i));
    EXPECT_EQ(count(all, "HTTP/1.1 200 OK"), static_cast<size_t>(i));
  }
}

TEST_F(ConnectionTest, OldHttpStreamsUntilTheEnd) {
  RawConnection raw(start().port());
  Json body = completion_body("a", 3);
  body["stream"] = true;
  const std::string text = body.dump();
  raw.send("POST /v1/completions HTTP/1.0\r\nContent-Type: application/json\r\nContent-Length: " +
           std::to_string(text.size()) + "\r\n\r\n" + text);
  const std::string all = raw.read_all();
  EXPECT_THAT(all, Not(HasSubstr("chunked")));
  EXPECT_THAT(all, testing::EndsWith("data: [DONE]\n\n"));
}

TEST_F(ConnectionTest, HeadAndOptions) {
  RawConnection raw(start().port());
  raw.send(
      "HEAD /v1/models HTTP/1.1\r\nHost: x\r\n\r\n"
      "OPTIONS /v1/chat/completions HTTP/1.1\r\nHost: x\r\n\r\n"
      "OPTIONS /nowhere HTTP/1.1\r\nHost: x\r\n\r\n"
      "DELETE /v1/models HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  const std::string all = raw.read_all();
  EXPECT_THAT(all, StartsWith("HTTP/1.1 200 OK"));
  EXPECT_THAT(all, Not(HasSubstr("\"list\""))) << "HEAD has no body";
  EXPECT_THAT(all, HasSubstr("204 No Content"));
  EXPECT_THAT(all, HasSubstr("Allow: POST, OPTIONS"));
  EXPECT_THAT(all, HasSubstr("404 Not Found"));
  EXPECT_THAT(all, HasSubstr("405 Method Not Allowed"));
  EXPECT_THAT(all, HasSubstr("Allow: GET, HEAD, OPTIONS"));
  EXPECT_THAT(all, Not(HasSubstr("Access-Control")));
}

TEST_F(ConnectionTest, RefusesBrokenHttp) {
  const uint16_t port = start().port();
  for (const std::string bytes :
       {"nonsense\r\n\r\n", "GET /health HTTP/9.9\r\n\r\n", "GET  HTTP/1.1\r\n\r\n",
        "POST /v1/completions HTTP/1.1\r\nContent-Length: -4\r\n\r\n",
        "POST /v1/completions HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"}) {
    RawConnection raw(port);
    raw.send(bytes);
    EXPECT_THAT(raw.read_all(), StartsWith("HTTP/1.1 400 Bad Request")) << bytes;
  }
  RawConnection raw(port);
  raw.send("GET /health HTTP/1.1\r\nX: " + std::string(40'000, 'x') + "\r\n\r\n");
  EXPECT_THAT(raw.read_all(), StartsWith("HTTP/1.1 431"));
}

TEST_F(ConnectionTest, RefusesBadBodies) {
  const uint16_t port = start().port();
  const auto answer = [port](const std::string& bytes) {
    RawConnection raw(port);
    raw.send(bytes);
    return raw.read_all();
  };
  EXPECT_THAT(answer(raw_post("/v1/completions", "{\"model\": ", kClose)),
              testing::AllOf(StartsWith("HTTP/1.1 400"), HasSubstr("invalid_json")));
  EXPECT_THAT(answer(raw_post("/v1/completions", std::string(100'000, '['), kClose)),
              StartsWith("HTTP/1.1 400"));
  EXPECT_THAT(answer("POST /v1/completions HTTP/1.1\r\nContent-Type: text/plain\r\n"
                     "Connection: close\r\nContent-Length: 2\r\n\r\n{}"),
              StartsWith("HTTP/1.1 415"));
  EXPECT_THAT(answer("POST /v1/completions HTTP/1.1\r\nConnection: close\r\n\r\n"),
              StartsWith("HTTP/1.1 415"));
}

TEST_F(ConnectionTest, RefusesLargeBodies) {
  ServeOptions options;
  options.max_request_bytes = 2000;
  const uint16_t port = start(options).port();
  {
    // Declared too large, and sent all the same: the answer must survive that.
    RawConnection raw(port);
    raw.send(raw_post("/v1/completions", std::string(200'000, ' ')));
    EXPECT_THAT(raw.read_all(), StartsWith("HTTP/1.1 413"));
  }
  {
    RawConnection raw(port);  // too large without saying so
    raw.send(
        "POST /v1/completions HTTP/1.1\r\nContent-Type: application/json\r\n"
        "Transfer-Encoding: chunked\r\n\r\n1000\r\n" +
        std::string(4096, ' ') + "\r\n");
    EXPECT_THAT(raw.read_all(), StartsWith("HTTP/1.1 413"));
  }
}

TEST_F(ConnectionTest, TakesChunkedBodiesAndExpect) {
  RawConnection raw(start().port());
  const std::string text = completion_body("a", 2).dump();
  raw.send(
      "POST /v1/completions HTTP/1.1\r\nContent-Type: Application/JSON; charset=utf-8\r\n"
      "Transfer-Encoding: chunked\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n");
  EXPECT_THAT(raw.read_until("\r\n\r\n"), StartsWith("HTTP/1.1 100 Continue"));
  raw.send(fmt::format("{:x}\r\n{}\r\n0\r\n\r\n", text.size(), text));
  EXPECT_THAT(raw.read_all(), HasSubstr("w0 w1"));
}

TEST_F(ConnectionTest, DropsSlowClients) {
  ServeOptions options;
  options.header_timeout = 300ms;
  options.body_timeout = 300ms;
  const uint16_t port = start(options).port();
  RawConnection idle(port), head(port), body(port);
  body.send(
      "POST /v1/completions HTTP/1.1\r\nContent-Type: application/json\r\n"
      "Content-Length: 100\r\n\r\n{");
  // A byte now and then must not keep the connection alive.
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < 4; ++i) {
    std::this_thread::sleep_for(60ms);
    head.send("X");
    body.send(" ");
  }
  EXPECT_EQ(head.read_all(), "");
  EXPECT_EQ(body.read_all(), "");
  EXPECT_EQ(idle.read_all(), "");
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 3s);
}

TEST_F(ConnectionTest, ADisconnectCancels) {
  script_->step_ms = 5;
  const uint16_t port = start().port();
  for (const bool streaming : {true, false}) {
    const int before = script_->cancelled, added = script_->added;
    RawConnection raw(port);
    Json body = chat_body(50'000);
    body["stream"] = streaming;
    body["n"] = 2;
    raw.send(raw_post("/v1/chat/completions", body.dump()));
    if (streaming) raw.read_until("w1 ");
    ASSERT_TRUE(eventually([&] { return script_->added == added + 2; }));
    raw.close();
    EXPECT_TRUE(eventually([&] { return script_->cancelled == before + 2; }));
  }
  EXPECT_EQ(server_->client().get("/health").json()["sequences"], 0);
}

TEST_F(ConnectionTest, AClientThatDoesNotReadIsDropped) {
  script_->step_ms = 0;
  ServeOptions options;
  options.write_timeout = 300ms;
  const uint16_t port = start(options).port();
  RawConnection raw(port);
  Json body = completion_body("a", 90'000);
  body["stream"] = true;
  body["n"] = 4;  // some 50 MB of events, which no socket buffer holds
  raw.send(raw_post("/v1/completions", body.dump()));
  ASSERT_TRUE(eventually([&] { return script_->added == 4; }));
  EXPECT_TRUE(
      eventually([&] { return server_->client().get("/health").json()["sequences"] == 0; }));
}

TEST_F(ConnectionTest, AFailedStepIsReported) {
  script_->step_ms = 5;
  RunningServer& server = start();
  script_->fail_step = true;
  auto response = server.client().post("/v1/completions", completion_body("a", 5));
  EXPECT_EQ(response.status, 500);
  // In the middle of a stream.
  Json body = completion_body("a", 5000);
  body["stream"] = true;
  std::string last;
  Client client = server.client();
  response = client.post_stream("/v1/completions", body, [&](std::string_view data) {
    if (data.find("w3 ") != data.npos) script_->fail_step = true;
    last = data;
    return true;
  });
  EXPECT_EQ(response.status, 200);
  EXPECT_THAT(last, HasSubstr("\"error\""));
  EXPECT_EQ(client.post("/v1/completions", completion_body("a", 5)).status, 200);
  // Refused by the generator, not by us.
  const std::vector<int> ids(2000, 1);
  body = completion_body(ids, 5);
  body["stream"] = true;
  EXPECT_EQ(client.post("/v1/completions", body).status, 400);
}

}  // namespace
}  // namespace fundi::serve
