#include "serve/client.h"

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <optional>
#include <utility>

#include "base/error.h"

namespace fundi::serve {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::ip::tcp;
using beast::error_code;

constexpr uint64_t kMaxAnswerBytes = 256 << 20;

using HttpRequest = http::request<http::string_body>;
using Parser = http::response_parser<http::string_body>;

// Cuts a byte stream into the data of server-sent events.
class EventSplitter {
 public:
  // Calls on_event for each event that is complete; false when it asked to end.
  bool push(std::string_view bytes, const Client::OnEvent& on_event) {
    text_ += bytes;
    size_t end = 0;
    while ((end = text_.find("\n\n")) != std::string::npos) {
      const std::string event = text_.substr(0, end);
      text_.erase(0, end + 2);
      constexpr std::string_view kPrefix = "data: ";
      if (event.starts_with(kPrefix) && !on_event(std::string_view(event).substr(kPrefix.size()))) {
        return false;
      }
    }
    return true;
  }

 private:
  std::string text_;
};

}  // namespace

Json ClientResponse::json() const { return parse_json(body, "server's answer"); }

class Client::Impl {
 public:
  Impl(std::string host, uint16_t port, std::chrono::milliseconds timeout)
      : host_(std::move(host)), port_(port), timeout_(timeout) {}

  ClientResponse call(http::verb verb, const std::string& path, const Json* body,
                      const OnEvent* on_event);

 private:
  void connect();
  bool exchange(const HttpRequest& request, Parser& parser);
  void read_events(Parser& parser, const OnEvent& on_event);
  void read_rest(Parser& parser);
  // Runs one asynchronous operation to its end: only those obey the stream's timeout.
  template <typename Start>
  error_code wait(Start&& start) {
    error_code result;
    context_.restart();
    start([&result](error_code error, auto&&...) { result = error; });
    context_.run();
    return result;
  }
  [[noreturn]] void fail_call(const error_code& error) {
    stream_.reset();
    fail(ErrorCode::kUnavailable, "http://{}:{}: {}", host_, port_, error.message());
  }

  std::string host_;
  uint16_t port_;
  std::chrono::milliseconds timeout_;
  asio::io_context context_;
  std::optional<beast::tcp_stream> stream_;
  beast::flat_buffer buffer_;
};

void Client::Impl::connect() {
  error_code error;
  tcp::resolver resolver(context_);
  const auto endpoints = resolver.resolve(host_, std::to_string(port_), error);
  if (error) fail_call(error);
  buffer_.clear();
  stream_.emplace(context_);
  stream_->expires_after(timeout_);
  error = wait([&](auto handler) { stream_->async_connect(endpoints, std::move(handler)); });
  if (error) fail_call(error);
  stream_->socket().set_option(tcp::no_delay(true), error);
}

// Sends and reads the answer's head. False where a kept connection turns out to be closed: nothing
// of the request was answered, so it may be sent again.
bool Client::Impl::exchange(const HttpRequest& request, Parser& parser) {
  const bool kept = stream_.has_value();
  if (!kept) connect();
  stream_->expires_after(timeout_);
  error_code error =
      wait([&](auto handler) { http::async_write(*stream_, request, std::move(handler)); });
  if (!error) {
    error = wait([&](auto handler) {
      http::async_read_header(*stream_, buffer_, parser, std::move(handler));
    });
  }
  if (!error) return true;
  const bool stale = kept && error != beast::error::timeout && !parser.got_some();
  if (!stale) fail_call(error);
  stream_.reset();
  return false;
}

void Client::Impl::read_rest(Parser& parser) {
  if (parser.is_done()) return;
  const error_code error =
      wait([&](auto handler) { http::async_read(*stream_, buffer_, parser, std::move(handler)); });
  if (error) fail_call(error);
}

void Client::Impl::read_events(Parser& parser, const OnEvent& on_event) {
  EventSplitter splitter;
  for (;;) {
    std::string& body = parser.get().body();
    const bool more = splitter.push(body, on_event);
    body.clear();
    if (!more) return stream_.reset();
    if (parser.is_done()) return;
    stream_->expires_after(timeout_);
    const error_code error = wait([&](auto handler) {
      http::async_read_some(*stream_, buffer_, parser, std::move(handler));
    });
    if (error && error != http::error::end_of_stream) fail_call(error);
  }
}

ClientResponse Client::Impl::call(http::verb verb, const std::string& path, const Json* body,
                                  const OnEvent* on_event) {
  HttpRequest request(verb, path, 11);
  request.set(http::field::host, fmt::format("{}:{}", host_, port_));
  if (body) {
    request.set(http::field::content_type, "application/json");
    request.body() = dump_json(*body);
  }
  request.prepare_payload();
  std::optional<Parser> parser;
  do {
    parser.emplace();
    parser->body_limit(kMaxAnswerBytes);
  } while (!exchange(request, *parser));
  ClientResponse response;
  response.status = parser->get().result_int();
  response.content_type = std::string(parser->get()[http::field::content_type]);
  response.retry_after = std::string(parser->get()[http::field::retry_after]);
  if (on_event && response.content_type.starts_with("text/event-stream")) {
    read_events(*parser, *on_event);
  } else {
    read_rest(*parser);
    response.body = std::move(parser->get().body());
  }
  if (!parser->keep_alive()) stream_.reset();
  return response;
}

Client::Client(std::string host, uint16_t port, std::chrono::milliseconds timeout)
    : impl_(std::make_unique<Impl>(std::move(host), port, timeout)) {}
Client::~Client() = default;
Client::Client(Client&&) noexcept = default;
Client& Client::operator=(Client&&) noexcept = default;

ClientResponse Client::get(const std::string& path) {
  return impl_->call(http::verb::get, path, nullptr, nullptr);
}

ClientResponse Client::post(const std::string& path, const Json& body) {
  return impl_->call(http::verb::post, path, &body, nullptr);
}

ClientResponse Client::post_stream(const std::string& path, const Json& body,
                                   const OnEvent& on_event) {
  return impl_->call(http::verb::post, path, &body, &on_event);
}

}  // namespace fundi::serve
