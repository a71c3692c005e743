#include "curate/flow/token_shard.h"

#include <optional>
#include <vector>

#include "base/error.h"
#include "text/tokenizer.h"

namespace fundi::curate {

struct TokenShardWriter::State {
  std::shared_ptr<const text::Tokenizer> tokenizer;
  AtomicFile ids, index;
  bool narrow;
  std::optional<int32_t> end;
  uint64_t tokens = 0, documents = 0, bytes = 0;

  State(const fs::path& path, const fs::path& folder)
      : tokenizer(text::Tokenizer::load(fs::is_directory(path) ? path : path.parent_path())),
        ids(folder / "tokens.bin"),
        index(folder / "tokens.idx"),
        narrow(tokenizer->vocab_size() <= 65'536),
        end(tokenizer->eos_id()) {
    mark();
  }

  void mark() { index.write({reinterpret_cast<const char*>(&tokens), sizeof(tokens)}); }

  void put(int32_t id) {
    const auto wide = static_cast<uint32_t>(id);
    const auto half = static_cast<uint16_t>(id);
    ids.write(narrow ? std::string_view(reinterpret_cast<const char*>(&half), sizeof(half))
                     : std::string_view(reinterpret_cast<const char*>(&wide), sizeof(wide)));
    ++tokens;
  }
};

TokenShardWriter::TokenShardWriter(const fs::path& tokenizer, const fs::path& folder)
    : state_(std::make_unique<State>(tokenizer, folder)) {}

TokenShardWriter::~TokenShardWriter() = default;

void TokenShardWriter::add(const Document& document) {
  // Control tokens written out in a document stay text.
  for (const int32_t id : state_->tokenizer->encode(document.text, false, false)) state_->put(id);
  if (state_->end) state_->put(*state_->end);
  ++state_->documents;
  state_->bytes += document.text.size();
  state_->mark();
}

Json TokenShardWriter::commit() {
  state_->ids.commit();
  state_->index.commit();
  return {{"tokens", state_->tokens},
          {"documents", state_->documents},
          {"bytes", state_->bytes},
          {"dtype", state_->narrow ? "u16" : "u32"}};
}

}  // namespace fundi::curate
