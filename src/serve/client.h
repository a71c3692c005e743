#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/json.h"

namespace fundi::serve {

struct ClientResponse {
  int status = 0;
  std::string content_type;
  std::string retry_after;  // empty when absent
  std::string body;
  Json json() const;  // throws kCorruptData where the body is not JSON
};

// A small synchronous HTTP client for servers of ours. Keeps one connection and opens a new one
// when the server closed it. One thread at a time. Every call throws kUnavailable where the server
// cannot be reached, breaks off or takes longer than `timeout`; an HTTP error status is no
// exception.
class Client {
 public:
  // False ends the stream and closes the connection.
  using OnEvent = std::function<bool(std::string_view data)>;

  Client(std::string host, uint16_t port,
         std::chrono::milliseconds timeout = std::chrono::seconds(60));
  ~Client();
  Client(Client&&) noexcept;
  Client& operator=(Client&&) noexcept;

  ClientResponse get(const std::string& path);
  ClientResponse post(const std::string& path, const Json& body);
  // Reads server-sent events as they come: `on_event` gets the text after "data: " of each,
  // "[DONE]" included. Where the answer is no event stream, its body is in the result and on_event
  // is not called.
  ClientResponse post_stream(const std::string& path, const Json& body, const OnEvent& on_event);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace fundi::serve
