#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "serve/batcher.h"
#include "serve/options.h"

namespace fundi::serve {

// An HTTP server for one model with the OpenAI API: POST /v1/chat/completions, POST
// /v1/completions, GET /v1/models, GET /health. Plain HTTP/1.1; for other machines than this one
// put a proxy with TLS and authentication in front.
class Server {
 public:
  // Binds, loads the model, listens. Throws kUnavailable where the address is in use,
  // kInvalidArgument where it is no address of this machine, and what loading throws.
  explicit Server(ServeOptions options);
  // With a runtime of one's own; options.model only gives the name.
  Server(ServeOptions options, Runtime runtime);
  ~Server();  // run() must have returned
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  uint16_t port() const;
  const std::string& model_name() const;
  std::string address() const;  // "http://127.0.0.1:8080"

  // Answers until stop(); returns when running requests ended or the drain timeout cut them off.
  // Once only.
  void run();
  // Stops accepting and lets running requests finish. Thread-safe; also before run().
  void stop();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace fundi::serve
