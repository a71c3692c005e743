#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/error.h"
#include "serve/batcher.h"

namespace fundi::serve {

// What happened to one sequence of a job. The first event of a sequence says that it was admitted
// (no text) or refused (error); the last one has `finish` or `error`.
struct EngineEvent {
  size_t index = 0;  // which request of the job
  models::GenerationEvent generation;
  std::optional<Error> error;
};

// One thread that owns the batcher. Jobs come in through a queue, run in the order of their
// arrival, at most `max_concurrent` sequences together, and report through a handler called on the
// engine's thread. All methods are thread-safe.
class Engine {
 public:
  using Handler = std::function<void(const EngineEvent&)>;  // must not throw or block

  Engine(std::unique_ptr<Batcher> batcher, size_t max_concurrent, size_t max_waiting);
  ~Engine();  // drops all jobs without further events
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  // The job's id, or nothing when the queue has no room for all its requests.
  std::optional<uint64_t> submit(std::vector<models::GenerationRequest> requests, Handler handler);
  // Drops what is left of the job before the next step; events already on their way still arrive.
  void cancel(uint64_t job);

  size_t capacity() const { return max_concurrent_ + max_waiting_; }  // sequences
  // Sequences in the engine, running or waiting.
  size_t load() const;

 private:
  struct Sequence {
    uint64_t job = 0;
    size_t index = 0;
    models::GenerationRequest request;
    std::shared_ptr<const Handler> handler;
    uint64_t batcher_id = 0;
    bool finished = false;
  };
  void loop();
  bool take_commands();  // false: stop
  void admit();
  void step();
  void on_event(uint64_t key, const models::GenerationEvent& event);
  void drop(uint64_t job);
  void fail_running(const Error& error);
  void release(size_t count);

  const size_t max_concurrent_, max_waiting_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  // Guarded by mutex_.
  std::vector<std::unique_ptr<Sequence>> inbox_;
  std::vector<uint64_t> cancelled_;
  size_t load_ = 0;
  uint64_t next_job_ = 1;
  bool stop_ = false;
  // The engine thread's own.
  std::unique_ptr<Batcher> batcher_;
  std::deque<std::unique_ptr<Sequence>> waiting_;
  std::map<uint64_t, std::unique_ptr<Sequence>> running_;
  uint64_t next_key_ = 1;
  bool stale_ = false;  // the batcher holds cancelled sequences until its next step
  std::thread thread_;
};

}  // namespace fundi::serve
