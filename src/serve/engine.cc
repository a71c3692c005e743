#include "serve/engine.h"

#include <algorithm>
#include <utility>

namespace fundi::serve {
namespace {

Error as_error(const std::exception& error) {
  if (const auto* ours = dynamic_cast<const Error*>(&error)) return *ours;
  return Error(ErrorCode::kInternal, "generation failed");
}

EngineEvent failure(size_t index, const Error& error) {
  EngineEvent event;
  event.index = index;
  event.error = error;
  return event;
}

EngineEvent progress(size_t index, const models::GenerationEvent& generation) {
  EngineEvent event;
  event.index = index;
  event.generation = generation;
  return event;
}

}  // namespace

Engine::Engine(std::unique_ptr<Batcher> batcher, size_t max_concurrent, size_t max_waiting)
    : max_concurrent_(std::max<size_t>(1, max_concurrent)),
      max_waiting_(max_waiting),
      batcher_(std::move(batcher)),
      thread_([this] { loop(); }) {}

Engine::~Engine() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

std::optional<uint64_t> Engine::submit(std::vector<models::GenerationRequest> requests,
                                       Handler handler) {
  const auto shared = std::make_shared<const Handler>(std::move(handler));
  uint64_t job = 0;
  {
    const std::lock_guard lock(mutex_);
    if (stop_ || requests.size() > capacity() - std::min(load_, capacity())) return std::nullopt;
    job = next_job_++;
    load_ += requests.size();
    for (size_t i = 0; i < requests.size(); ++i) {
      auto sequence = std::make_unique<Sequence>();
      sequence->job = job;
      sequence->index = i;
      sequence->request = std::move(requests[i]);
      sequence->handler = shared;
      inbox_.push_back(std::move(sequence));
    }
  }
  wake_.notify_one();
  return job;
}

void Engine::cancel(uint64_t job) {
  {
    const std::lock_guard lock(mutex_);
    cancelled_.push_back(job);
  }
  wake_.notify_one();
}

size_t Engine::load() const {
  const std::lock_guard lock(mutex_);
  return load_;
}

void Engine::release(size_t count) {
  const std::lock_guard lock(mutex_);
  load_ -= count;
}

void Engine::loop() {
  while (take_commands()) {
    admit();
    if (!running_.empty() || stale_) step();
  }
}

bool Engine::take_commands() {
  std::vector<std::unique_ptr<Sequence>> inbox;
  std::vector<uint64_t> cancelled;
  {
    std::unique_lock lock(mutex_);
    wake_.wait(lock, [this] {
      return stop_ || !inbox_.empty() || !cancelled_.empty() || !running_.empty() ||
             !waiting_.empty() || stale_;
    });
    if (stop_) return false;
    inbox.swap(inbox_);
    cancelled.swap(cancelled_);
  }
  for (auto& sequence : inbox) waiting_.push_back(std::move(sequence));
  for (const uint64_t job : cancelled) drop(job);
  return true;
}

void Engine::drop(uint64_t job) {
  size_t dropped = std::erase_if(waiting_, [job](const auto& s) { return s->job == job; });
  for (auto it = running_.begin(); it != running_.end();) {
    if (it->second->job != job) {
      ++it;
      continue;
    }
    // Out of the table first: whatever the batcher still says about it is then ignored.
    const std::unique_ptr<Sequence> sequence = std::move(it->second);
    it = running_.erase(it);
    ++dropped;
    batcher_->cancel(sequence->batcher_id);
    stale_ = true;
  }
  release(dropped);
}

void Engine::admit() {
  while (running_.size() < max_concurrent_ && !waiting_.empty()) {
    std::unique_ptr<Sequence> sequence = std::move(waiting_.front());
    waiting_.pop_front();
    const uint64_t key = next_key_++;
    try {
      sequence->batcher_id =
          batcher_->add(std::move(sequence->request),
                        [this, key](const models::GenerationEvent& e) { on_event(key, e); });
    } catch (const std::exception& error) {
      (*sequence->handler)(failure(sequence->index, as_error(error)));
      release(1);
      continue;
    }
    (*sequence->handler)(progress(sequence->index, {}));
    running_.emplace(key, std::move(sequence));
  }
}

void Engine::on_event(uint64_t key, const models::GenerationEvent& event) {
  const auto it = running_.find(key);
  if (it == running_.end() || it->second->finished) return;
  it->second->finished = event.finish != models::FinishReason::kNone;
  (*it->second->handler)(progress(it->second->index, event));
}

void Engine::step() {
  bool more = false;
  stale_ = false;
  try {
    more = batcher_->step();
  } catch (const std::exception& error) {
    // A step serves all sequences at once, so nobody can tell whose fault it was.
    fail_running(as_error(error));
    return;
  }
  release(std::erase_if(running_, [](const auto& entry) { return entry.second->finished; }));
  if (!more && !running_.empty()) {
    fail_running(Error(ErrorCode::kInternal, "generation ended without a result"));
  }
}

void Engine::fail_running(const Error& error) {
  std::map<uint64_t, std::unique_ptr<Sequence>> failed;
  failed.swap(running_);
  stale_ = true;
  for (const auto& [key, sequence] : failed) {
    batcher_->cancel(sequence->batcher_id);
    if (!sequence->finished) (*sequence->handler)(failure(sequence->index, error));
  }
  release(failed.size());
}

}  // namespace fundi::serve
