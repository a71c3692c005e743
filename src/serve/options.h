#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>

#include "serve/prompt.h"

namespace fundi::serve {

struct ServeOptions {
  std::filesystem::path model;     // a Hugging Face directory
  std::string model_name;          // the id clients use; empty: the directory's own name
  ChatOptions chat;                // template, reasoning
  std::string fingerprint;         // system_fingerprint of answers; empty: left out
  std::string host = "127.0.0.1";  // name or address
  uint16_t port = 8080;            // 0: any free one, see Server::port()
  int threads = 2;                 // for connections; generation has its own
  size_t max_request_bytes = 1 << 20;
  size_t max_concurrent = 16;  // sequences generated together
  size_t max_waiting = 64;     // sequences in the queue; more is 503
  size_t max_connections = 512;
  int64_t max_tokens = 0;  // the most a request may ask for; 0: what the context leaves
  std::chrono::milliseconds header_timeout{30'000};  // idle, then a whole request head
  std::chrono::milliseconds body_timeout{30'000};    // a whole request body
  std::chrono::milliseconds write_timeout{30'000};   // for a client to take what was sent
  std::chrono::milliseconds drain_timeout{10'000};   // for running requests after stop()
  bool handle_signals = false;  // SIGINT and SIGTERM call stop(); a second one ends at once
};

}  // namespace fundi::serve
