#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <new>

#include "curate/extract/isolated.h"
#include "curate/extract/isolated_frames.h"

namespace fundi::curate {
namespace {

constexpr int kGone = 0;  // the other side has closed its end, which is how it says goodbye

bool read_all(int fd, void* data, size_t size) {
  char* at = static_cast<char*>(data);
  while (size > 0) {
    const ssize_t n = ::read(fd, at, size);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    at += n;
    size -= static_cast<size_t>(n);
  }
  return true;
}

bool write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(n));
  }
  return true;
}

// On top of what is mapped already: sanitizers map terabytes.
void limit_memory(uint64_t memory) {
  uint64_t pages = 0;
  std::ifstream("/proc/self/statm") >> pages;
  const uint64_t size = pages * static_cast<uint64_t>(::sysconf(_SC_PAGESIZE));
  const rlimit limit{size + memory, size + memory};
  ::setrlimit(RLIMIT_AS, &limit);
  const rlimit no_core{0, 0};
  ::setrlimit(RLIMIT_CORE, &no_core);
}

bool write_reply(int fd, const Result<Extracted>& result, bool out_of_memory) {
  const Extracted none;
  const Extracted& value = result.ok() ? result.value() : none;
  const std::string_view text = result.ok() ? std::string_view(value.text) : result.error().what();
  const ExtractionReply head{
      .code = result.ok() ? ExtractionReply::kOk : static_cast<uint64_t>(result.error().code()),
      .out_of_memory = out_of_memory,
      .repaired = value.repaired,
      .text_size = text.size(),
      .title_size = value.title.size(),
      .language_size = value.language.size()};
  return write_all(fd, {reinterpret_cast<const char*>(&head), sizeof(head)}) &&
         write_all(fd, text) && write_all(fd, value.title) && write_all(fd, value.language);
}

}  // namespace

int serve_extraction(int in_fd, int out_fd, ExtractFunction work) {
  bool limited = false;
  ExtractionRequest head;
  while (read_all(in_fd, &head, sizeof(head))) {
    if (!limited) limit_memory(head.memory);
    limited = true;
    try {
      std::string charset(head.charset_size, '\0'), bytes(head.bytes_size, '\0');
      if (!read_all(in_fd, charset.data(), charset.size()) ||
          !read_all(in_fd, bytes.data(), bytes.size())) {
        return kGone;
      }
      // Should the other side be killed, nobody would end a document that hangs.
      ::alarm(static_cast<unsigned>(head.seconds) + 5);
      const Result<Extracted> result = work(bytes, static_cast<ContentType>(head.type), charset,
                                            {.main_content = head.main_content != 0,
                                             .max_text = head.max_text,
                                             .max_depth = head.max_depth,
                                             .max_expansion = head.max_expansion});
      ::alarm(0);
      if (!write_reply(out_fd, result, false)) return kGone;
    } catch (const std::bad_alloc&) {
      write_reply(out_fd, Error(ErrorCode::kCorruptData, "out of memory"), true);
      return 1;
    }
  }
  return kGone;
}

}  // namespace fundi::curate
