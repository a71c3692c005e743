// Any bytes as tokenizer.json: either a clear error, or a tokenizer that encodes and decodes.
// modules: text

#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "base/error.h"
#include "text/tokenizer.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const std::filesystem::path folder = [] {
    const auto path = std::filesystem::temp_directory_path() / fmt::format("fuzz_{}", ::getpid());
    std::filesystem::create_directories(path);
    return path;
  }();
  std::ofstream(folder / "tokenizer.json", std::ios::binary)
      .write(reinterpret_cast<const char*>(data), static_cast<std::streamsize>(size));
  try {
    const auto tokenizer = fundi::text::Tokenizer::load(folder);
    const auto ids = tokenizer->encode("Habari ya asubuhi? \xF0\x9F\x91\x8B 123\n");
    (void)tokenizer->decode(ids);
  } catch (const fundi::Error& e) {
    if (e.code() == fundi::ErrorCode::kInternal) std::abort();
  }
  return 0;
}
