#include "base/hash.h"

#include <fcntl.h>
#include <openssl/evp.h>
#include <unistd.h>
#include <xxhash.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <system_error>
#include <utility>
#include <vector>

#include "base/error.h"

namespace fundi {
namespace {

namespace fs = std::filesystem;

class Sha256 {
 public:
  Sha256() : context_(EVP_MD_CTX_new(), &EVP_MD_CTX_free) {
    if (!context_ || EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) != 1) {
      fail(ErrorCode::kInternal, "SHA-256 is not available in this OpenSSL");
    }
  }
  void add(const void* data, size_t bytes) {
    if (EVP_DigestUpdate(context_.get(), data, bytes) != 1) {
      fail(ErrorCode::kInternal, "SHA-256 failed");
    }
  }
  void add(std::string_view text) { add(text.data(), text.size()); }
  std::string hex() {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
    unsigned size = 0;
    if (EVP_DigestFinal_ex(context_.get(), digest.data(), &size) != 1) {
      fail(ErrorCode::kInternal, "SHA-256 failed");
    }
    static constexpr char kDigits[] = "0123456789abcdef";
    std::string out;
    for (unsigned i = 0; i < size; ++i) {
      out += kDigits[digest[i] >> 4];
      out += kDigits[digest[i] & 15];
    }
    return out;
  }

 private:
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context_;
};

std::string sha256_file(const fs::path& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) {
    fail(errno == ENOENT ? ErrorCode::kNotFound : ErrorCode::kIo, "{}: cannot open: {}",
         path.string(), std::strerror(errno));
  }
  const std::unique_ptr<const int, void (*)(const int*)> closer(&fd,
                                                                [](const int* f) { ::close(*f); });
  Sha256 hash;
  std::vector<char> chunk(size_t{1} << 20);
  while (true) {
    const ssize_t got = ::read(fd, chunk.data(), chunk.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) fail(ErrorCode::kIo, "{}: cannot read: {}", path.string(), std::strerror(errno));
    if (got == 0) return hash.hex();
    hash.add(chunk.data(), static_cast<size_t>(got));
  }
}

std::string sha256_folder(const fs::path& folder) {
  std::vector<std::pair<std::string, fs::path>> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.is_directory()) {
      // Skipping it would leave content outside the identity; following it may never end.
      if (entry.is_symlink()) {
        fail(ErrorCode::kUnsupported,
             "{}: is a link to a folder, which has no digest; copy the folder",
             entry.path().string());
      }
      continue;
    }
    if (!entry.is_regular_file()) {
      fail(ErrorCode::kUnsupported, "{}: is not a regular file and has no digest",
           entry.path().string());
    }
    files.emplace_back(entry.path().lexically_relative(folder).generic_string(), entry.path());
  }
  std::sort(files.begin(), files.end());
  Sha256 hash;
  for (const auto& [name, path] : files) {
    hash.add(name);
    hash.add(std::string_view("\0", 1));
    hash.add(sha256_file(path));
    hash.add("\n");
  }
  return hash.hex();
}

}  // namespace

std::string sha256_hex(std::string_view bytes) {
  Sha256 hash;
  hash.add(bytes);
  return hash.hex();
}

std::string sha256_path(const fs::path& path) {
  std::error_code error;
  if (!fs::is_directory(path, error)) return sha256_file(path);
  try {
    return sha256_folder(path);
  } catch (const fs::filesystem_error& e) {
    fail(ErrorCode::kIo, "{}: cannot list: {}", path.string(), e.code().message());
  }
}

uint64_t hash64(std::string_view bytes, uint64_t seed) {
  return XXH3_64bits_withSeed(bytes.data(), bytes.size(), seed);
}

}  // namespace fundi
