#include "curate/extract/isolated.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cmath>
#include <cstring>
#include <utility>

#include "base/text.h"
#include "curate/extract/isolated_frames.h"

extern char** environ;

namespace fundi::curate {
namespace {

using Clock = std::chrono::steady_clock;

constexpr uint64_t kMaxShort = 1 << 20;  // bytes of a title, a language or a message

// Talks to the other side until a moment.
class Channel {
 public:
  enum class State { kOk, kClosed, kLate };
  Channel(int socket, Clock::time_point until) : socket_(socket), until_(until) {}

  State send(const void* data, size_t size) {
    const char* at = static_cast<const char*>(data);
    while (size > 0) {
      if (const State state = wait(POLLOUT); state != State::kOk) return state;
      const ssize_t n = ::send(socket_, at, size, MSG_NOSIGNAL | MSG_DONTWAIT);
      if (n < 0 && (errno == EINTR || errno == EAGAIN)) continue;
      if (n < 0) return State::kClosed;
      at += n;
      size -= static_cast<size_t>(n);
    }
    return State::kOk;
  }

  State receive(void* data, size_t size) {
    char* at = static_cast<char*>(data);
    while (size > 0) {
      if (const State state = wait(POLLIN); state != State::kOk) return state;
      const ssize_t n = ::recv(socket_, at, size, MSG_DONTWAIT);
      if (n < 0 && (errno == EINTR || errno == EAGAIN)) continue;
      if (n <= 0) return State::kClosed;
      at += n;
      size -= static_cast<size_t>(n);
    }
    return State::kOk;
  }

 private:
  State wait(short events) {
    while (true) {
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(until_ - Clock::now());
      if (left.count() <= 0) return State::kLate;
      pollfd entry{socket_, events, 0};
      const auto milliseconds = static_cast<int>(std::min<int64_t>(left.count(), 1'000'000));
      if (::poll(&entry, 1, milliseconds) > 0) return State::kOk;
    }
  }

  int socket_;
  Clock::time_point until_;
};

using State = Channel::State;

State send_request(Channel& channel, const ExtractionRequest& head, std::string_view charset,
                   std::string_view bytes) {
  State state = channel.send(&head, sizeof(head));
  if (state == State::kOk) state = channel.send(charset.data(), charset.size());
  if (state == State::kOk) state = channel.send(bytes.data(), bytes.size());
  return state;
}

State receive_text(Channel& channel, uint64_t size, std::string& text) {
  text.resize(size);
  return channel.receive(text.data(), size);
}

State receive_reply(Channel& channel, uint64_t max_text, ExtractionReply& head, Extracted& out) {
  State state = channel.receive(&head, sizeof(head));
  if (state != State::kOk) return state;
  // Mended mojibake only shrinks. The sender may be out of its mind.
  if (head.text_size > std::max(max_text, kMaxShort) || head.title_size > kMaxShort ||
      head.language_size > kMaxShort) {
    return State::kClosed;
  }
  state = receive_text(channel, head.text_size, out.text);
  if (state == State::kOk) state = receive_text(channel, head.title_size, out.title);
  if (state == State::kOk) state = receive_text(channel, head.language_size, out.language);
  out.repaired = head.repaired;
  return state;
}

// What posix_spawn is told, freed whichever way it goes.
struct SpawnPlan {
  SpawnPlan() {
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
  }
  ~SpawnPlan() {
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
  }
  SpawnPlan(const SpawnPlan&) = delete;
  SpawnPlan& operator=(const SpawnPlan&) = delete;
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
};

}  // namespace

IsolatedExtractor::IsolatedExtractor(IsolationOptions options) : options_(std::move(options)) {}

IsolatedExtractor::~IsolatedExtractor() { stop(); }

void IsolatedExtractor::start() {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
    fail(ErrorCode::kIo, "cannot make a socket: {}", std::strerror(errno));
  }
  SpawnPlan plan;
  posix_spawn_file_actions_adddup2(&plan.actions, ends[1], STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&plan.actions, ends[1], STDOUT_FILENO);
  // Last words of a crash would end up in the middle of a progress bar.
  posix_spawn_file_actions_addopen(&plan.actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_addclosefrom_np(&plan.actions, STDERR_FILENO + 1);
  // A group of its own: an interrupt from the terminal must not look like a crash.
  posix_spawnattr_setflags(&plan.attributes,
                           POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
  sigset_t signals;
  ::sigfillset(&signals);
  posix_spawnattr_setsigdefault(&plan.attributes, &signals);
  ::sigemptyset(&signals);
  posix_spawnattr_setsigmask(&plan.attributes, &signals);
  std::string program = options_.program;
  std::vector<char*> arguments = {program.data()};
  for (std::string& argument : options_.arguments) arguments.push_back(argument.data());
  arguments.push_back(nullptr);
  const int error = ::posix_spawn(&process_, program.c_str(), &plan.actions, &plan.attributes,
                                  arguments.data(), environ);
  ::close(ends[1]);
  socket_ = ends[0];
  if (error != 0) {
    process_ = -1;
    stop();
    fail(ErrorCode::kIo, "{}: cannot start: {}", program, std::strerror(error));
  }
}

std::string IsolatedExtractor::stop() {
  if (socket_ >= 0) ::close(std::exchange(socket_, -1));
  if (process_ < 0) return "";
  // One that has died by itself keeps its status.
  ::kill(process_, SIGKILL);
  int status = 0;
  while (::waitpid(process_, &status, 0) < 0 && errno == EINTR) continue;
  process_ = -1;
  if (WIFSIGNALED(status)) return fmt::format("extraction crashed (signal {})", WTERMSIG(status));
  return fmt::format("extraction ended with status {}", WEXITSTATUS(status));
}

// What a process died of, which may still be dying, is to be known before it is killed.
std::string IsolatedExtractor::await_death(Clock::time_point until) {
  siginfo_t info = {};
  const auto patience = std::min(until, Clock::now() + std::chrono::seconds(1));
  while (Clock::now() < patience &&
         ::waitid(P_PID, static_cast<id_t>(process_), &info, WEXITED | WNOWAIT | WNOHANG) == 0 &&
         info.si_pid == 0) {
    ::usleep(1000);
  }
  return stop();
}

Result<Extracted> IsolatedExtractor::attempt(std::string_view bytes, ContentType type,
                                             std::string_view charset,
                                             const ExtractOptions& options, bool& died) {
  if (process_ < 0) start();
  const auto until = Clock::now() + std::chrono::duration_cast<Clock::duration>(
                                        std::chrono::duration<double>(options_.seconds));
  Channel channel(socket_, until);
  const ExtractionRequest request{.type = static_cast<uint64_t>(type),
                                  .main_content = options.main_content,
                                  .max_text = options.max_text,
                                  .max_depth = options.max_depth,
                                  .max_expansion = options.max_expansion,
                                  .memory = options_.memory,
                                  .seconds = static_cast<uint64_t>(std::ceil(options_.seconds)),
                                  .charset_size = charset.size(),
                                  .bytes_size = bytes.size()};
  ExtractionReply reply{};
  Extracted out;
  State state = send_request(channel, request, charset, bytes);
  if (state == State::kOk) state = receive_reply(channel, options.max_text, reply, out);
  if (state == State::kLate) {
    stop();
    return Error(ErrorCode::kCorruptData,
                 fmt::format("extraction took longer than {:g} s", options_.seconds));
  }
  if (state == State::kClosed) {
    died = true;
    return Error(ErrorCode::kCorruptData, await_death(until));
  }
  if (reply.out_of_memory != 0) {
    died = true;
    stop();
    return Error(ErrorCode::kCorruptData, fmt::format("extraction needs more than {} of memory",
                                                      format_bytes(options_.memory)));
  }
  if (reply.code == ExtractionReply::kOk) return out;
  return Error(static_cast<ErrorCode>(
                   std::min<uint64_t>(reply.code, static_cast<uint64_t>(ErrorCode::kInternal))),
               out.text);
}

Result<Extracted> IsolatedExtractor::extract(std::string_view bytes, ContentType type,
                                             std::string_view charset,
                                             const ExtractOptions& options) {
  const bool served_others = process_ >= 0;
  bool died = false;
  Result<Extracted> result = attempt(bytes, type, charset, options, died);
  return died && served_others ? attempt(bytes, type, charset, options, died) : result;
}

}  // namespace fundi::curate
