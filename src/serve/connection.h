#pragma once

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/strand.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "serve/options.h"
#include "serve/routes/all.h"
#include "serve/service.h"

namespace fundi::serve {

// One client's connection: reads a request, answers it, reads the next. While an answer is being
// made it keeps reading, to notice a client that went away; what a pipelining client sends
// meanwhile waits in the buffer. Everything runs on the connection's strand; owned by its pending
// operations.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  using Closed = std::function<void(Connection*)>;  // called once, from the destructor

  // The socket's executor must be a strand. `service` and `options` outlive the connection.
  Connection(boost::asio::ip::tcp::socket socket, Service& service, const ServeOptions& options,
             Closed closed);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Thread-safe, each does its work on the strand.
  void start();
  void refuse();  // answers 503 and closes
  void drain();   // closes now when idle, else after the answer under way
  void close();   // at once, cancelling what runs

 private:
  using Parser = boost::beast::http::request_parser<boost::beast::http::string_body>;

  void read_head();
  void on_head(boost::beast::error_code error);
  void read_body();
  void on_body(boost::beast::error_code error);
  void fail_read(boost::beast::error_code error);
  void handle();
  void start_job(Job job);
  void on_event(uint64_t exchange, const EngineEvent& event);
  void on_job_error(const Error& error);
  void stream_event(const EngineEvent& event);
  void send(const Response& response);
  void write(std::string bytes, bool last);
  void write_more();
  void on_written(boost::beast::error_code error);
  void watch();
  void on_watch(boost::beast::error_code error, size_t bytes);
  void finish_exchange();
  void linger();
  void shut();

  boost::beast::tcp_stream stream_;
  Service& service_;
  const ServeOptions& options_;
  Closed closed_;
  boost::beast::flat_buffer buffer_;
  std::optional<Parser> parser_;
  std::string discarded_;  // where linger() reads to

  // Of the exchange under way.
  uint64_t exchange_ = 0;  // its number: events of earlier ones are dropped
  bool idle_ = true;       // nothing of a request has come
  bool head_only_ = false;
  bool keep_alive_ = true;
  bool chunked_ = true;
  bool head_sent_ = false;
  std::unique_ptr<Reply> reply_;
  uint64_t job_ = 0;
  // Keeps run() going while only the engine works on this connection.
  std::optional<boost::asio::executor_work_guard<boost::asio::any_io_executor>> work_;

  std::string pending_, writing_;  // bytes to send, bytes being sent
  bool write_active_ = false;
  bool last_queued_ = false;
  bool watching_ = false;
  bool resume_ = false;  // the exchange ended; go on as soon as the watch is back
  bool draining_ = false;
  bool open_ = true;
};

}  // namespace fundi::serve
