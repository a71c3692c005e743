#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace fundi {

// What long work says about itself. Library code creates a Progress and advances it; the command
// line decides what a person sees (a bar on a terminal, nothing when output is not one).
class ProgressSink {
 public:
  struct State {
    std::string_view name;  // "pretrain"
    std::string_view unit;  // "tokens"; "bytes" are shown as kB, MB ...
    int64_t done = 0;
    int64_t total = 0;         // 0: unknown
    double seconds = 0;        // since the start
    double rate = 0;           // units a second, over the last few seconds
    double seconds_left = -1;  // -1: unknown
    std::string_view note;     // "loss 2.31"
  };
  virtual ~ProgressSink() = default;
  virtual void update(const State& state) = 0;  // at most ten times a second
  virtual void finish(const State& state) = 0;
};

// Installs the process-wide sink (null for none); returns the old one. Not thread-safe.
std::shared_ptr<ProgressSink> set_progress_sink(std::shared_ptr<ProgressSink> sink);

// A bar on stderr: "pretrain  [#####----]   52%  4,512 tokens/s  01:23 left  loss 2.31", as wide as
// the terminal; at the end a line with the total time and the mean rate. Null, which is no sink,
// where stderr is not a terminal.
std::shared_ptr<ProgressSink> make_terminal_progress();

// The lines that bar draws: at most width - 1 columns, without a newline.
std::string render_progress(const ProgressSink::State& state, int width);
std::string render_progress_end(const ProgressSink::State& state);

// Thread-safe; advance() costs an atomic addition and a look at the clock. Work that goes on from
// `start` counts only what is new towards the rate. Ends when destroyed.
class Progress {
 public:
  Progress(std::string name, std::string unit, int64_t total, int64_t start = 0);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  void advance(int64_t amount = 1);
  void note(std::string text);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace fundi
