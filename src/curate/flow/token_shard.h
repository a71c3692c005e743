#pragma once

#include <memory>

#include "base/files.h"
#include "base/json.h"
#include "curate/document.h"
#include "text/tokenizer.h"

namespace fundi::curate {

// How many tokens a document has in a shard.
class TokenCounter {
 public:
  explicit TokenCounter(const fs::path& tokenizer);  // throws kNotFound, kCorruptData
  uint64_t count(const Document& document) const;

 private:
  std::shared_ptr<const text::Tokenizer> tokenizer_;
};

// Of each file that a tokenizer may be made of, what stands for its contents.
Json tokenizer_stamps(const fs::path& tokenizer);

// Tokens of a shard, to be mapped into memory:
//   tokens.bin  the ids of all documents end to end, u16 or u32 little-endian: u16 where the
//               vocabulary has at most 65,536
//   tokens.idx  u64 little-endian: where each document begins, and the end of the last
// A document ends with the tokenizer's end-of-text token where it has one.
class TokenShardWriter {
 public:
  // Throws kNotFound, kCorruptData for the tokenizer, kIo.
  TokenShardWriter(const fs::path& tokenizer, const fs::path& folder);
  ~TokenShardWriter();
  void add(const Document& document);
  // {"tokens", "sources": tokens of each, "documents", "bytes", "dtype"}; the files appear now.
  Json commit();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace fundi::curate
