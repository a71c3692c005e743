#include "base/progress.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <deque>
#include <mutex>
#include <utility>

#include "base/text.h"

namespace fundi {
namespace {

constexpr double kWindowSeconds = 5;
constexpr int64_t kUpdateNanoseconds = 100'000'000;

int64_t now_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

std::shared_ptr<ProgressSink>& installed_sink() {
  static std::shared_ptr<ProgressSink> sink;
  return sink;
}

std::string format_rate(double rate) {
  if (rate >= 100) return format_count(std::llround(std::min(rate, 1e15)));
  return fmt::format("{:.{}f}", rate, rate >= 10 ? 1 : 2);
}

// "4,512 tokens"; bytes in their own units.
std::string format_amount(int64_t amount, std::string_view unit) {
  if (unit == "bytes") return format_bytes(static_cast<uint64_t>(std::max<int64_t>(0, amount)));
  return fmt::format("{} {}", format_count(amount), unit);
}

std::string format_speed(double rate, std::string_view unit) {
  if (unit == "bytes") return format_amount(std::llround(std::min(rate, 1e15)), unit);
  return fmt::format("{} {}", format_rate(rate), unit);
}

size_t columns(std::string_view text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  }));
}

// The first `width` characters; control characters, which would move the cursor, become spaces.
std::string fit(std::string_view text, size_t width) {
  std::string out;
  size_t used = 0;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte & 0xC0) != 0x80 && used++ == width) break;
    out += byte < 0x20 || byte == 0x7F ? ' ' : c;
  }
  return out;
}

class TerminalProgress : public ProgressSink {
 public:
  void update(const State& state) override { draw(render_progress(state, width()), false); }
  void finish(const State& state) override { draw(render_progress_end(state), true); }

 private:
  static int width() {
    winsize size{};
    if (::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return 80;
    return size.ws_col;
  }
  void draw(const std::string& line, bool last) {
    const std::lock_guard lock(mutex_);
    // Return to the margin, clear to the end of the line.
    const std::string out = "\r\x1b[K" + line + (last ? "\n" : "");
    std::fwrite(out.data(), 1, out.size(), stderr);
    std::fflush(stderr);
  }
  std::mutex mutex_;
};

}  // namespace

std::string render_progress(const ProgressSink::State& state, int width) {
  std::string tail;
  if (state.rate > 0) tail += fmt::format("  {}/s", format_speed(state.rate, state.unit));
  if (state.seconds_left >= 0)
    tail += fmt::format("  {} left", format_duration(state.seconds_left));
  if (!state.note.empty()) tail += fmt::format("  {}", state.note);
  const auto limit = static_cast<size_t>(std::max(1, width - 1));  // the last column would wrap
  if (state.total <= 0) {
    return fit(fmt::format("{}  {}{}", state.name, format_amount(state.done, state.unit), tail),
               limit);
  }
  const double part =
      std::clamp(static_cast<double>(state.done) / static_cast<double>(state.total), 0.0, 1.0);
  const std::string percent = fmt::format("{:3}%", static_cast<int>(part * 100));
  const size_t fixed = columns(state.name) + 2 + 2 + 2 + percent.size() + columns(tail);
  std::string bar;
  if (fixed + 5 <= limit) {
    const size_t cells = std::min<size_t>(30, limit - fixed);
    const auto full = static_cast<size_t>(part * static_cast<double>(cells));
    bar = fmt::format("[{}{}]  ", std::string(full, '#'), std::string(cells - full, '-'));
  }
  return fit(fmt::format("{}  {}{}{}", state.name, bar, percent, tail), limit);
}

std::string render_progress_end(const ProgressSink::State& state) {
  return fit(fmt::format("{}  {} in {}  {}/s{}{}", state.name, format_amount(state.done, state.unit),
                         format_duration(state.seconds), format_speed(state.rate, state.unit),
                         state.note.empty() ? "" : "  ", state.note),
             500);
}

std::shared_ptr<ProgressSink> set_progress_sink(std::shared_ptr<ProgressSink> sink) {
  return std::exchange(installed_sink(), std::move(sink));
}

std::shared_ptr<ProgressSink> make_terminal_progress() {
  if (::isatty(STDERR_FILENO) == 0) return nullptr;
  return std::make_shared<TerminalProgress>();
}

struct Progress::Impl {
  std::shared_ptr<ProgressSink> sink = installed_sink();
  std::string name, unit, note;
  int64_t total = 0, start_done = 0, start_ns = now_ns();
  std::atomic<int64_t> done{0};
  std::atomic<int64_t> next_update_ns{0};
  std::mutex mutex;  // guards note, samples and the calls of the sink
  std::deque<std::pair<int64_t, int64_t>> samples;  // (time, done) over the last few seconds

  ProgressSink::State state(int64_t now) {
    ProgressSink::State s;
    s.name = name;
    s.unit = unit;
    s.note = note;
    s.done = done.load(std::memory_order_relaxed);
    s.total = total;
    s.seconds = static_cast<double>(now - start_ns) * 1e-9;
    return s;
  }

  void update(int64_t now) {
    const std::lock_guard lock(mutex);
    ProgressSink::State s = state(now);
    samples.emplace_back(now, s.done);
    const auto oldest = now - static_cast<int64_t>(kWindowSeconds * 1e9);
    while (samples.size() > 2 && samples[1].first <= oldest) samples.pop_front();
    const double seconds = static_cast<double>(now - samples.front().first) * 1e-9;
    if (seconds > 0) s.rate = static_cast<double>(s.done - samples.front().second) / seconds;
    if (total > 0 && s.rate > 0) {
      s.seconds_left = static_cast<double>(std::max<int64_t>(0, total - s.done)) / s.rate;
    }
    sink->update(s);
  }
};

Progress::Progress(std::string name, std::string unit, int64_t total, int64_t start)
    : impl_(std::make_unique<Impl>()) {
  impl_->name = std::move(name);
  impl_->unit = std::move(unit);
  impl_->total = total;
  impl_->start_done = start;
  impl_->done = start;
  impl_->samples.emplace_back(impl_->start_ns, start);
  impl_->next_update_ns = impl_->start_ns + kUpdateNanoseconds;
}

Progress::~Progress() {
  if (!impl_->sink) return;
  const std::lock_guard lock(impl_->mutex);
  ProgressSink::State s = impl_->state(now_ns());
  s.seconds_left = 0;
  if (s.seconds > 0) s.rate = static_cast<double>(s.done - impl_->start_done) / s.seconds;
  try {
    impl_->sink->finish(s);
  } catch (...) {  // a display must not end the work, least of all from a destructor
  }
}

void Progress::advance(int64_t amount) {
  impl_->done.fetch_add(amount, std::memory_order_relaxed);
  if (!impl_->sink) return;
  const int64_t now = now_ns();
  int64_t due = impl_->next_update_ns.load(std::memory_order_relaxed);
  if (now < due) return;
  // One thread wins the right to draw.
  if (impl_->next_update_ns.compare_exchange_strong(due, now + kUpdateNanoseconds)) {
    impl_->update(now);
  }
}

void Progress::note(std::string text) {
  const std::lock_guard lock(impl_->mutex);
  impl_->note = std::move(text);
}

}  // namespace fundi
