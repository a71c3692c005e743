#pragma once

#include <fmt/format.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/files.h"
#include "base/json.h"
#include "curate/flow/threads.h"

namespace fundi::curate {

// What a task has got done, for progress.
struct Advance {
  int64_t work = 0;  // of Stage::work()
  int64_t documents = 0, rejected = 0;
};

struct TaskContext {
  fs::path folder;  // of this task; exists, and holds what an attempt with the same key left
  OnThreads on_threads = curate::on_threads(1);
  uint64_t memory = 1'000'000'000;  // bytes it stays within
  // Of a sort or an outbox; a task has three of them at once at most, and a quarter is left for
  // what it has in hand.
  uint64_t share() const { return memory / 4; }
  std::function<void(const Advance&)> advance = [](const Advance&) {};
};

// A set of tasks that do the same to different shards or partitions and may run at once, anywhere;
// stages run one after the other. What a task makes lies in its folder and depends on the key
// alone: running it again, or going on where a killed attempt ended, gives the same bytes.
class Stage {
 public:
  virtual ~Stage() = default;
  virtual std::string name() const = 0;  // "read", "minhash-bands"; unique in a plan
  virtual size_t tasks() const = 0;
  virtual Json settings() const = 0;  // all that its output depends on besides the stages before it
  virtual Json inputs(size_t) const { return nullptr; }  // files that one task reads: their stamps
  virtual int64_t work(size_t task) const = 0;  // about how much there is to do: bytes of input
  virtual Json run(size_t task, const TaskContext& context) const = 0;  // figures for done.json
};

// Where tasks lie: WORK/02-minhash-bands/00017.
class Layout {
 public:
  explicit Layout(fs::path work) : work_(std::move(work)) {}
  const fs::path& work() const { return work_; }
  fs::path stage(size_t number, const std::string& name) const {
    return work_ / fmt::format("{:02}-{}", number, name);
  }
  static fs::path task(const fs::path& stage, size_t index) {
    return stage / fmt::format("{:05}", index);
  }
  // A file of each task of a stage: what those tasks sent.
  static std::vector<fs::path> files(const fs::path& stage, size_t tasks, const char* name) {
    std::vector<fs::path> paths;
    for (size_t i = 0; i < tasks; ++i) paths.push_back(task(stage, i) / name);
    return paths;
  }

 private:
  fs::path work_;
};

}  // namespace fundi::curate
