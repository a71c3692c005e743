#include "serve/connection.h"

#include <algorithm>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/field.hpp>
#include <boost/beast/http/read.hpp>
#include <cctype>
#include <utility>

#include "serve/api_error.h"

namespace fundi::serve {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using beast::error_code;

constexpr uint32_t kMaxHeadBytes = 16 << 10;
constexpr size_t kMaxPipelinedBytes = 64 << 10;
constexpr size_t kMaxLingerBytes = 16 << 20;
constexpr std::chrono::seconds kLingerTimeout{5};

std::string media_type(std::string_view value) {
  value = value.substr(0, value.find(';'));
  while (!value.empty() && (value.back() == ' ' || value.back() == '\t')) value.remove_suffix(1);
  std::string type(value);
  std::transform(type.begin(), type.end(), type.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return type;
}

bool is_http_error(error_code error) {
  return error.category() == make_error_code(http::error::bad_method).category();
}

}  // namespace

Connection::Connection(asio::ip::tcp::socket socket, Service& service, const ServeOptions& options,
                       Closed closed)
    : stream_(std::move(socket)), service_(service), options_(options), closed_(std::move(closed)) {
  error_code ignored;
  stream_.socket().set_option(asio::ip::tcp::no_delay(true), ignored);
}

Connection::~Connection() { closed_(this); }

void Connection::start() {
  asio::dispatch(stream_.get_executor(), [self = shared_from_this()] { self->read_head(); });
}

void Connection::refuse() {
  asio::dispatch(stream_.get_executor(), [self = shared_from_this()] {
    self->keep_alive_ = false;
    self->idle_ = false;
    self->send(error_response(
        ApiError(503, "", "overloaded", "the server has too many connections; try again")));
  });
}

void Connection::drain() {
  asio::dispatch(stream_.get_executor(), [self = shared_from_this()] {
    self->draining_ = true;
    if (self->idle_) self->shut();
  });
}

void Connection::close() {
  asio::dispatch(stream_.get_executor(), [self = shared_from_this()] { self->shut(); });
}

// ---- Reading

void Connection::read_head() {
  if (!open_) return;
  parser_.emplace();
  parser_->header_limit(kMaxHeadBytes);
  parser_->body_limit(options_.max_request_bytes);
  idle_ = buffer_.size() == 0;
  if (idle_ && draining_) return shut();
  stream_.expires_after(options_.header_timeout);
  http::async_read_header(
      stream_, buffer_, *parser_,
      [self = shared_from_this()](error_code error, size_t) { self->on_head(error); });
}

void Connection::on_head(error_code error) {
  if (!open_) return;
  idle_ = false;
  const Parser::value_type& message = parser_->get();
  if (error) return fail_read(error);
  keep_alive_ = parser_->keep_alive();
  head_only_ = message.method() == http::verb::head;
  chunked_ = message.version() >= 11;
  if (!beast::iequals(message[http::field::expect], "100-continue")) return read_body();
  asio::async_write(stream_, asio::buffer("HTTP/1.1 100 Continue\r\n\r\n", 25),
                    [self = shared_from_this()](error_code failed, size_t) {
                      failed ? self->shut() : self->read_body();
                    });
}

void Connection::read_body() {
  stream_.expires_after(options_.body_timeout);
  http::async_read(stream_, buffer_, *parser_,
                   [self = shared_from_this()](error_code error, size_t) { self->on_body(error); });
}

void Connection::on_body(error_code error) {
  if (!open_) return;
  if (error) return fail_read(error);
  stream_.expires_never();
  handle();
}

// Answers what can be answered, then closes: after a broken request nobody knows where the next one
// begins.
void Connection::fail_read(error_code error) {
  keep_alive_ = false;
  if (error == http::error::end_of_stream || error == beast::error::timeout ||
      !is_http_error(error)) {
    return shut();
  }
  stream_.expires_never();
  if (error == http::error::body_limit) {
    return send(error_response(ApiError(
        413, "", "request_too_large",
        fmt::format("the request body is larger than {} bytes", options_.max_request_bytes))));
  }
  if (error == http::error::header_limit) {
    return send(error_response(
        ApiError(431, "", "header_too_large",
                 fmt::format("the request's headers are larger than {} bytes", kMaxHeadBytes))));
  }
  if (error == http::error::partial_message) return shut();
  send(error_response(
      ApiError(400, "", "bad_http", fmt::format("malformed HTTP: {}", error.message()))));
}

void Connection::handle() {
  const Parser::value_type& message = parser_->get();
  Request request;
  request.method = std::string(message.method_string());
  request.path = path_of_target(std::string_view(message.target().data(), message.target().size()));
  const auto type = message[http::field::content_type];
  request.content_type = media_type(std::string_view(type.data(), type.size()));
  request.body = std::move(parser_->get().body());
  ++exchange_;
  head_sent_ = false;
  last_queued_ = false;
  try {
    RouteResult result = dispatch(request, service_);
    if (auto* response = std::get_if<Response>(&result)) return send(*response);
    start_job(std::move(std::get<Job>(result)));
  } catch (const std::exception& error) {
    send(error_response(error));
  }
}

// ---- Generating

void Connection::start_job(Job job) {
  reply_ = std::move(job.reply);
  const auto job_id = service_.engine->submit(
      std::move(job.requests),
      [self = shared_from_this(), exchange = exchange_](const EngineEvent& event) {
        asio::post(self->stream_.get_executor(),
                   [self, exchange, event] { self->on_event(exchange, event); });
      });
  if (!job_id) {
    reply_.reset();
    throw ApiError(503, "", "overloaded",
                   "the server is busy with as many requests as it takes; try again later");
  }
  job_ = *job_id;
  work_.emplace(stream_.get_executor());
  watch();
}

void Connection::on_event(uint64_t exchange, const EngineEvent& event) {
  if (!open_ || exchange != exchange_ || !reply_) return;
  if (event.error) return on_job_error(*event.error);
  if (reply_->streaming()) return stream_event(event);
  reply_->on_event(event);
  if (!reply_->done()) return;
  Response response;
  response.body = reply_->finish();
  job_ = 0;
  reply_.reset();
  send(response);
}

void Connection::on_job_error(const Error& error) {
  service_.engine->cancel(job_);
  job_ = 0;
  reply_.reset();
  if (!head_sent_) return send(error_response(error));
  // The status is gone already; the API's clients look for an error among the events.
  keep_alive_ = false;
  const std::string event = server_sent_event(error_json(error));
  write(chunked_ ? format_chunk(event) + "0\r\n\r\n" : event, true);
}

void Connection::stream_event(const EngineEvent& event) {
  std::string head, body;
  if (!head_sent_) {
    head_sent_ = true;
    if (!chunked_) keep_alive_ = false;
    Response response;
    response.content_type = "text/event-stream; charset=utf-8";
    response.headers = {{"Cache-Control", "no-cache"}, {"X-Accel-Buffering", "no"}};
    head = format_head(response, -1, chunked_, keep_alive_ && !draining_);
    body = reply_->begin();
  }
  body += reply_->on_event(event);
  const bool last = reply_->done();
  if (last) {
    body += reply_->finish();
    job_ = 0;
    reply_.reset();
  }
  if (chunked_) body = format_chunk(body);
  if (chunked_ && last) body += "0\r\n\r\n";
  write(head + body, last);
}

// ---- Writing

void Connection::send(const Response& response) {
  if (draining_) keep_alive_ = false;
  std::string bytes =
      format_head(response, static_cast<int64_t>(response.body.size()), false, keep_alive_);
  if (!head_only_) bytes += response.body;
  write(std::move(bytes), true);
}

void Connection::write(std::string bytes, bool last) {
  pending_ += bytes;
  last_queued_ = last_queued_ || last;
  write_more();
}

void Connection::write_more() {
  if (write_active_ || pending_.empty()) return;
  writing_.swap(pending_);
  pending_.clear();
  write_active_ = true;
  stream_.expires_after(options_.write_timeout);
  asio::async_write(
      stream_, asio::buffer(writing_),
      [self = shared_from_this()](error_code error, size_t) { self->on_written(error); });
}

void Connection::on_written(error_code error) {
  write_active_ = false;
  if (!open_) return;
  if (error) return shut();
  stream_.expires_never();
  if (!pending_.empty()) return write_more();
  if (last_queued_) finish_exchange();
}

void Connection::finish_exchange() {
  last_queued_ = false;
  work_.reset();
  if (!keep_alive_ || draining_) return linger();
  if (!watching_) return read_head();
  resume_ = true;
  stream_.cancel();
}

// ---- Noticing that the client left

void Connection::watch() {
  watching_ = true;
  stream_.expires_never();
  stream_.async_read_some(buffer_.prepare(4096),
                          [self = shared_from_this()](error_code error, size_t bytes) {
                            self->on_watch(error, bytes);
                          });
}

void Connection::on_watch(error_code error, size_t bytes) {
  watching_ = false;
  if (!open_) return;
  buffer_.commit(bytes);
  if (std::exchange(resume_, false)) {
    if (error && error != asio::error::operation_aborted) return shut();
    return read_head();
  }
  if (error) return shut();
  if (buffer_.size() < kMaxPipelinedBytes) watch();
}

// Closing while the client still sends would reset the connection and could take the answer with
// it, so say that we are done and read on for a moment.
void Connection::linger() {
  if (watching_) return shut();  // nothing but a gone or pipelining client can be there
  error_code ignored;
  stream_.socket().shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
  idle_ = true;
  discarded_.resize(16 << 10);
  stream_.expires_after(kLingerTimeout);
  // The loop owns itself through the handler it passes on.
  struct Discard {
    std::shared_ptr<Connection> self;
    size_t total = 0;
    void operator()(error_code error, size_t bytes) {
      total += bytes;
      if (error || total > kMaxLingerBytes || !self->open_) return self->shut();
      Connection& connection = *self;
      connection.stream_.async_read_some(asio::buffer(connection.discarded_), std::move(*this));
    }
  };
  stream_.async_read_some(asio::buffer(discarded_), Discard{shared_from_this()});
}

void Connection::shut() {
  if (!open_) return;
  open_ = false;
  if (job_ != 0) service_.engine->cancel(job_);
  job_ = 0;
  reply_.reset();
  work_.reset();
  error_code ignored;
  stream_.socket().shutdown(asio::ip::tcp::socket::shutdown_both, ignored);
  stream_.close();
}

}  // namespace fundi::serve
