#include "curate/flow/token_shard.h"

#include <map>
#include <vector>

#include "base/hash.h"
#include "text/tokenizer.h"

namespace fundi::curate {

namespace {

fs::path folder_of(const fs::path& tokenizer) {
  return fs::is_directory(tokenizer) ? tokenizer : tokenizer.parent_path();
}

// Control tokens written out in a document stay text.
std::vector<int32_t> encode(const text::Tokenizer& tokenizer, const Document& document) {
  std::vector<int32_t> ids = tokenizer.encode(document.text, false, false);
  if (const auto end = tokenizer.eos_id()) ids.push_back(*end);
  return ids;
}

}  // namespace

TokenCounter::TokenCounter(const fs::path& tokenizer)
    : tokenizer_(text::Tokenizer::load(folder_of(tokenizer))) {}

uint64_t TokenCounter::count(const Document& document) const {
  return encode(*tokenizer_, document).size();
}

Json tokenizer_stamps(const fs::path& tokenizer) {
  Json stamps = Json::object();
  for (const char* name :
       {"tokenizer.json", "tokenizer.model", "tokenizer_config.json", "special_tokens_map.json"}) {
    const fs::path path = folder_of(tokenizer) / name;
    if (fs::exists(path)) stamps[name] = sha256_path(path);
  }
  return stamps;
}

struct TokenShardWriter::State {
  std::shared_ptr<const text::Tokenizer> tokenizer;
  AtomicFile ids, index;
  bool narrow;
  uint64_t tokens = 0, documents = 0, bytes = 0;
  std::map<std::string, uint64_t> sources;

  State(const fs::path& path, const fs::path& folder)
      : tokenizer(text::Tokenizer::load(folder_of(path))),
        ids(folder / "tokens.bin"),
        index(folder / "tokens.idx"),
        narrow(tokenizer->vocab_size() <= 65'536) {
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
  const uint64_t before = state_->tokens;
  for (const int32_t id : encode(*state_->tokenizer, document)) state_->put(id);
  state_->sources[document.source] += state_->tokens - before;
  ++state_->documents;
  state_->bytes += document.text.size();
  state_->mark();
}

Json TokenShardWriter::commit() {
  state_->ids.commit();
  state_->index.commit();
  return {{"tokens", state_->tokens},
          {"sources", state_->sources},
          {"documents", state_->documents},
          {"bytes", state_->bytes},
          {"dtype", state_->narrow ? "u16" : "u32"}};
}

}  // namespace fundi::curate
