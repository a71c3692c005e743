#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <chrono>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "backends/all.h"
#include "base/error.h"
#include "models/directory.h"
#include "serve/client.h"
#include "serve/server.h"
#include "text/bpe_trainer.h"
#include "text/chat.h"

namespace fundi::serve {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

inline std::shared_ptr<const text::Tokenizer> make_tokenizer() {
  static const std::vector<std::string> texts = {
      "Habari ya asubuhi, mkulima. Mahindi yangu yana ugonjwa gani?",
      "Panda mahindi mwanzo wa mvua. Mahindi yanahitaji maji na mbolea.",
  };
  text::BpeTrainerOptions options;
  options.vocab_size = 300;
  options.special_tokens = {"<|endoftext|>", "<|im_start|>", "<|im_end|>"};
  options.eos_token = "<|im_end|>";
  options.chat_template = std::string(text::chatml_template());
  static const auto tokenizer = text::train_bpe(
      static_cast<int64_t>(texts.size()),
      [](int64_t i) { return std::string_view(texts[static_cast<size_t>(i)]); }, options);
  return tokenizer;
}

inline std::unique_ptr<models::Model> make_model() {
  backends::install_all();
  models::ModelConfig config;
  config.vocab_size = make_tokenizer()->vocab_size();
  config.hidden_size = 32;
  config.intermediate_size = 64;
  config.num_hidden_layers = 2;
  config.num_attention_heads = 4;
  config.num_key_value_heads = 2;
  config.head_dim = 8;
  config.max_position_embeddings = 128;
  config.tie_word_embeddings = true;
  return models::initialize_model(config, DType::kF32, 7);
}

// A directory with a tiny model of random weights, removed at the end.
class ModelDirectory {
 public:
  ModelDirectory()
      : path_(fs::temp_directory_path() / ("fundi_serve_" + std::to_string(::getpid())) / "tiny") {
    fs::create_directories(path_);
    models::save_model(*make_model(), path_, make_tokenizer().get());
  }
  ~ModelDirectory() { fs::remove_all(path_.parent_path()); }
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

// What a test sees and sets of a ScriptedBatcher from outside.
struct Script {
  std::atomic<int> step_ms = 1;
  std::atomic<bool> fail_step = false;
  std::atomic<int> steps = 0;
  std::atomic<int> added = 0;
  std::atomic<int> cancelled = 0;
  std::atomic<int> most_together = 0;
  std::vector<std::string> words;  // what is answered; empty: "w0 ", "w1 ", ...
};

// Answers the script's words or "w0 w1 w2 ...", one a step, up to max_tokens.
class ScriptedBatcher final : public Batcher {
 public:
  explicit ScriptedBatcher(std::shared_ptr<Script> script) : script_(std::move(script)) {}

  uint64_t add(models::GenerationRequest request, Callback callback) override {
    if (request.prompt.size() > 1000) fail(ErrorCode::kInvalidArgument, "refused by the script");
    sequences_[next_] = {std::move(request), std::move(callback), 0};
    ++script_->added;
    script_->most_together =
        std::max<int>(script_->most_together, static_cast<int>(sequences_.size()));
    return next_++;
  }
  void cancel(uint64_t id) override {
    script_->cancelled += static_cast<int>(sequences_.erase(id));
  }
  bool step() override {
    ++script_->steps;
    std::this_thread::sleep_for(std::chrono::milliseconds(script_->step_ms));
    if (script_->fail_step.exchange(false)) fail(ErrorCode::kIo, "the device is gone");
    for (auto it = sequences_.begin(); it != sequences_.end();) {
      Sequence& s = it->second;
      models::GenerationEvent event;
      const auto& words = script_->words;
      event.text = words.empty() ? fmt::format("w{} ", s.done) : words[static_cast<size_t>(s.done)];
      event.completion_tokens = ++s.done;
      event.prompt_tokens = static_cast<int64_t>(s.request.prompt.size());
      const bool said = !words.empty() && s.done == static_cast<int64_t>(words.size());
      const bool last = said || s.done >= s.request.max_tokens;
      if (last) event.finish = said ? models::FinishReason::kStop : models::FinishReason::kLength;
      s.callback(event);
      it = last ? sequences_.erase(it) : std::next(it);
    }
    return !sequences_.empty();
  }

 private:
  struct Sequence {
    models::GenerationRequest request;
    Callback callback;
    int64_t done = 0;
  };
  std::shared_ptr<Script> script_;
  std::map<uint64_t, Sequence> sequences_;
  uint64_t next_ = 1;
};

// A server on a free port, running in a thread of its own until the end of the test.
class RunningServer {
 public:
  explicit RunningServer(ServeOptions options) : server_(local(std::move(options))) { start(); }
  RunningServer(ServeOptions options, std::shared_ptr<Script> script)
      : server_(local(std::move(options)),
                Runtime{make_tokenizer(), std::make_unique<ScriptedBatcher>(std::move(script)),
                        make_tokenizer()->vocab_size(), 100'000}) {
    start();
  }
  ~RunningServer() { finish(); }
  void finish() {
    server_.stop();
    join();
  }
  void join() {
    if (thread_.joinable()) thread_.join();
  }
  Server& server() { return server_; }
  Client client(std::chrono::milliseconds timeout = 20s) const {
    return {"127.0.0.1", server_.port(), timeout};
  }
  uint16_t port() const { return server_.port(); }

 private:
  static ServeOptions local(ServeOptions options) {
    options.port = 0;
    if (options.model_name.empty()) options.model_name = "tiny";
    options.drain_timeout = std::min<std::chrono::milliseconds>(options.drain_timeout, 3s);
    return options;
  }
  void start() {
    thread_ = std::thread([this] { server_.run(); });
  }
  Server server_;
  std::thread thread_;
};

// Bytes over a socket, for what no client library would send.
class RawConnection {
 public:
  explicit RawConnection(uint16_t port) : socket_(context_) {
    socket_.connect({boost::asio::ip::make_address("127.0.0.1"), port});
    timeval timeout{10, 0};
    ::setsockopt(socket_.native_handle(), SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);
  }
  void send(std::string_view bytes) { boost::asio::write(socket_, boost::asio::buffer(bytes)); }
  // Until the server closes, or 10 seconds of silence (then "TIMEOUT" is at the end).
  std::string read_all() { return read_until(""); }
  // Until `part` has come (empty: until the end).
  std::string read_until(std::string_view part) {
    char buffer[4096];
    while (part.empty() || text_.find(part) == std::string::npos) {
      const ssize_t n = ::recv(socket_.native_handle(), buffer, sizeof buffer, 0);
      if (n < 0 && errno == EAGAIN) return text_ + "TIMEOUT";
      if (n <= 0) break;
      text_.append(buffer, static_cast<size_t>(n));
    }
    return text_;
  }
  void close() { socket_.close(); }

 private:
  boost::asio::io_context context_;
  boost::asio::ip::tcp::socket socket_;
  std::string text_;
};

inline std::string raw_post(const std::string& path, const std::string& body,
                            const std::string& extra = "") {
  return "POST " + path + " HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n" + extra +
         "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

inline Json chat_body(int max_tokens = 4) {
  return {{"model", "tiny"},
          {"messages", Json::array({{{"role", "user"}, {"content", "Habari?"}}})},
          {"max_tokens", max_tokens}};
}

inline Json completion_body(const Json& prompt, int max_tokens = 4) {
  return {{"model", "tiny"}, {"prompt", prompt}, {"max_tokens", max_tokens}};
}

// Waits up to five seconds for a condition that other threads bring about.
template <typename Condition>
bool eventually(const Condition& condition) {
  for (int i = 0; i < 1000; ++i) {
    if (condition()) return true;
    std::this_thread::sleep_for(5ms);
  }
  return false;
}

}  // namespace fundi::serve
