// Any bytes as tokenizer.model: either a clear error, or a tokenizer that encodes, decodes, and can
// be written as GGUF and tokenizer.json.
// modules: text

#include <cstdint>
#include <cstdlib>
#include <string>

#include "base/error.h"
#include "text/gguf_vocabulary.h"
#include "text/sentencepiece/tokenizer.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  try {
    const auto tokenizer = fundi::text::make_sentencepiece_tokenizer(
        std::string(reinterpret_cast<const char*>(data), size), {.origin = "fuzz"});
    const auto ids = tokenizer->encode("Habari  ya asubuhi? \xF0\x9F\x91\x8B 123\n", true);
    for (const int32_t id : ids) {
      if (id < 0 || id >= tokenizer->vocab_size()) std::abort();
    }
    (void)tokenizer->decode(ids);
    (void)tokenizer->gguf_vocabulary();
  } catch (const fundi::Error& e) {
    if (e.code() == fundi::ErrorCode::kInternal) std::abort();
  }
  return 0;
}
