// Any bytes as model.safetensors.index.json: accepted or refused by Error, and no accepted shard
// name may lead out of the folder.
// modules: formats

#include <cstdlib>
#include <filesystem>

#include "base/error.h"
#include "formats/safetensors_header.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  try {
    const auto map = fundi::formats::parse_safetensors_index(
        {reinterpret_cast<const char*>(data), size}, "fuzz");
    for (const auto& [name, shard] : map) {
      const std::filesystem::path path(shard);
      if (path.filename() != path || shard == ".." || shard == ".") std::abort();
    }
  } catch (const fundi::Error&) {  // refused, as it may be
  }
  return 0;
}
