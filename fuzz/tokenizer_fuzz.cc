// Any bytes as tokenizer.json: either a clear error, or a tokenizer that encodes and decodes.
// modules: text

#include <cstdint>
#include <cstdlib>
#include <string>

#include "base/error.h"
#include "text/tokenizer_files.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  try {
    const auto tokenizer = fundi::text::make_tokenizer(
        {.origin = "fuzz",
         .tokenizer_json = std::string(reinterpret_cast<const char*>(data), size)});
    const auto ids = tokenizer->encode("Habari ya asubuhi? \xF0\x9F\x91\x8B 123\n", true);
    (void)tokenizer->decode(ids);
    auto stream = tokenizer->start_stream();
    for (const int32_t id : ids) (void)stream->push(id);
    (void)stream->finish();
  } catch (const fundi::Error& e) {
    if (e.code() == fundi::ErrorCode::kInternal) std::abort();
  }
  return 0;
}
