#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "text/models/merge.h"
#include "text/models/word_model.h"

namespace fundi::text {

// Byte pair encoding of words given as bytes, for vocabularies written in the byte alphabet.
class ByteBpe : public CachedWordModel {
 public:
  // Ids of the 256 single bytes; TokenTable::kNone where the vocabulary lacks one.
  using ByteIds = std::array<int32_t, 256>;

  ByteBpe(ByteIds byte_ids, MergeTable merges) : byte_ids_(byte_ids), merges_(std::move(merges)) {}

  void match_whole_words(WholeWords words) {
    words_ = std::move(words);
    whole_words_ = true;
  }
  // What a byte missing from the vocabulary becomes; without it such bytes vanish.
  void set_unknown(int32_t id, bool fuse) {
    unknown_ = id;
    fuse_unknown_ = fuse;
  }

  bool reads_raw_bytes() const override { return true; }

 protected:
  void encode_anew(std::string_view word, std::vector<int32_t>& ids) const override;

 private:
  void initial_symbols(std::string_view word, std::vector<int32_t>& symbols) const;

  ByteIds byte_ids_;
  MergeTable merges_;
  WholeWords words_;
  bool whole_words_ = false;
  int32_t unknown_ = TokenTable::kNone;
  bool fuse_unknown_ = false;
};

}  // namespace fundi::text
