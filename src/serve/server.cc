#include "serve/server.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <chrono>
#include <csignal>
#include <map>
#include <mutex>
#include <random>
#include <thread>
#include <utility>
#include <vector>

#include "base/error.h"
#include "serve/connection.h"
#include "serve/service.h"

namespace fundi::serve {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

[[noreturn]] void fail_address(const ServeOptions& options, const error_code& error) {
  const ErrorCode code =
      error == asio::error::address_in_use ? ErrorCode::kUnavailable : ErrorCode::kInvalidArgument;
  fail(code, "{}:{}: cannot listen: {}; choose another host or port", options.host, options.port,
       error.message());
}

uint64_t entropy() {
  std::random_device device;
  return (static_cast<uint64_t>(device()) << 32) | device();
}

std::string default_name(const std::filesystem::path& model) {
  if (model.empty()) return "model";
  // "models/swahili/" and "." have no file name of their own.
  const auto path = std::filesystem::absolute(model).lexically_normal();
  const auto name = path.has_filename() ? path.filename() : path.parent_path().filename();
  return name.empty() ? "model" : name.string();
}

}  // namespace

class Server::Impl {
 public:
  explicit Impl(ServeOptions options)
      : options_(std::move(options)),
        strand_(asio::make_strand(context_)),
        acceptor_(strand_),
        retry_(strand_),
        drain_(strand_),
        signals_(strand_) {
    bind();
  }
  ~Impl() {
    engine_.reset();
    // Events the engine sent last hold connections, which must go while the other members live.
    context_.restart();
    context_.poll();
  }

  void answer_from(Runtime runtime) {
    service_.model_id =
        options_.model_name.empty() ? default_name(options_.model) : options_.model_name;
    service_.fingerprint = options_.fingerprint;
    service_.created = std::chrono::duration_cast<std::chrono::seconds>(
                           std::chrono::system_clock::now().time_since_epoch())
                           .count();
    service_.tokenizer = std::move(runtime.tokenizer);
    service_.chat = std::make_shared<const ChatEncoder>(service_.tokenizer, options_.chat);
    service_.vocab_size = runtime.vocab_size;
    service_.context_length = runtime.context_length;
    service_.max_tokens = options_.max_tokens;
    service_.random = Random(entropy());
    engine_ = std::make_unique<Engine>(std::move(runtime.batcher), options_.max_concurrent,
                                       options_.max_waiting);
    service_.engine = engine_.get();
    // Only now: a client that connects finds a server that answers.
    error_code error;
    acceptor_.listen(tcp::socket::max_listen_connections, error);
    if (error) fail_address(options_, error);
  }

  const ServeOptions& options() const { return options_; }
  const Service& service() const { return service_; }
  uint16_t port() const { return port_; }

  void run();
  void stop() {
    asio::post(strand_, [this] { begin_drain(); });
  }

 private:
  void bind();
  void run_handlers();
  void accept();
  void on_accept(error_code error, tcp::socket socket);
  void wait_for_signal();
  void begin_drain();
  void close_all();
  void on_closed(Connection* connection);
  std::vector<std::shared_ptr<Connection>> connections();

  ServeOptions options_;
  Service service_;
  std::mutex mutex_;
  std::map<Connection*, std::weak_ptr<Connection>> connections_;  // guarded by mutex_
  // Destroyed before the table above, which the connections in its queue still use.
  asio::io_context context_;
  asio::strand<asio::io_context::executor_type> strand_;
  tcp::acceptor acceptor_;
  asio::steady_timer retry_, drain_;
  asio::signal_set signals_;
  std::unique_ptr<Engine> engine_;
  uint16_t port_ = 0;
};

void Server::Impl::bind() {
  error_code error;
  tcp::resolver resolver(context_);
  const auto endpoints =
      resolver.resolve(options_.host, std::to_string(options_.port), tcp::resolver::passive, error);
  if (error) fail_address(options_, error);
  // A name can have several addresses ("localhost"); the first that works is ours.
  for (const auto& entry : endpoints) {
    const tcp::endpoint endpoint = entry.endpoint();
    error_code ignored;
    acceptor_.close(ignored);
    acceptor_.open(endpoint.protocol(), error);
    if (error) continue;
    acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
    acceptor_.bind(endpoint, error);
    if (error) continue;
    port_ = acceptor_.local_endpoint().port();
    return;
  }
  fail_address(options_, error);
}

void Server::Impl::run() {
  if (options_.handle_signals) {
    signals_.add(SIGINT);
    signals_.add(SIGTERM);
    wait_for_signal();
  }
  asio::post(strand_, [this] { accept(); });
  std::vector<std::thread> pool;
  for (int i = 1; i < options_.threads; ++i) pool.emplace_back([this] { run_handlers(); });
  run_handlers();
  for (std::thread& thread : pool) thread.join();
}

void Server::Impl::run_handlers() {
  for (;;) {
    try {
      context_.run();
      return;
    } catch (const std::exception&) {
      // Out of memory, most likely. The connection whose handler it was closes with that handler;
      // the others go on.
    }
  }
}

void Server::Impl::accept() {
  if (service_.draining) return;
  acceptor_.async_accept(asio::make_strand(context_), [this](error_code error, tcp::socket socket) {
    on_accept(error, std::move(socket));
  });
}

void Server::Impl::on_accept(error_code error, tcp::socket socket) {
  if (service_.draining || error == asio::error::operation_aborted) return;
  if (error) {
    // Out of descriptors, most likely: wait until some connection has ended.
    retry_.expires_after(std::chrono::milliseconds(100));
    retry_.async_wait([this](error_code cancelled) {
      if (!cancelled) accept();
    });
    return;
  }
  const auto connection = std::make_shared<Connection>(std::move(socket), service_, options_,
                                                       [this](Connection* c) { on_closed(c); });
  bool full = false;
  {
    const std::lock_guard lock(mutex_);
    full = connections_.size() >= options_.max_connections;
    connections_.emplace(connection.get(), connection);
  }
  full ? connection->refuse() : connection->start();
  accept();
}

void Server::Impl::wait_for_signal() {
  signals_.async_wait([this](error_code error, int) {
    if (error) return;
    if (service_.draining) return close_all();
    wait_for_signal();  // first: begin_drain() ends the wait when nothing is left to drain
    begin_drain();
  });
}

void Server::Impl::begin_drain() {
  if (service_.draining.exchange(true)) return;
  error_code ignored;
  acceptor_.close(ignored);
  retry_.cancel();
  const auto open = connections();
  if (open.empty()) {
    signals_.cancel(ignored);
    return;
  }
  drain_.expires_after(options_.drain_timeout);
  drain_.async_wait([this](error_code cancelled) {
    if (!cancelled) close_all();
  });
  for (const auto& connection : open) connection->drain();
}

void Server::Impl::close_all() {
  for (const auto& connection : connections()) connection->close();
}

std::vector<std::shared_ptr<Connection>> Server::Impl::connections() {
  std::vector<std::shared_ptr<Connection>> open;
  const std::lock_guard lock(mutex_);
  for (const auto& [key, weak] : connections_) {
    if (auto connection = weak.lock()) open.push_back(std::move(connection));
  }
  return open;
}

void Server::Impl::on_closed(Connection* connection) {
  bool last = false;
  {
    const std::lock_guard lock(mutex_);
    connections_.erase(connection);
    last = connections_.empty();
  }
  // What still waits would keep run() from returning.
  if (!last || !service_.draining) return;
  asio::post(strand_, [this] {
    error_code ignored;
    drain_.cancel();
    signals_.cancel(ignored);
  });
}

Server::Server(ServeOptions options) : impl_(std::make_unique<Impl>(std::move(options))) {
  impl_->answer_from(load_runtime(impl_->options().model));
}

Server::Server(ServeOptions options, Runtime runtime)
    : impl_(std::make_unique<Impl>(std::move(options))) {
  impl_->answer_from(std::move(runtime));
}

Server::~Server() = default;

uint16_t Server::port() const { return impl_->port(); }
const std::string& Server::model_name() const { return impl_->service().model_id; }

std::string Server::address() const {
  const std::string& host = impl_->options().host;
  const bool v6 = host.find(':') != std::string::npos;
  return fmt::format("http://{}{}{}:{}", v6 ? "[" : "", host, v6 ? "]" : "", impl_->port());
}

void Server::run() { impl_->run(); }
void Server::stop() { impl_->stop(); }

}  // namespace fundi::serve
