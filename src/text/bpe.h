#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "text/token_table.h"
#include "text/word_model.h"

namespace fundi::text {

// The merge loop of byte pair encoding: repeatedly joins the leftmost pair of lowest rank. Short
// words by scanning an array, long ones by a linked list with a priority queue (n log n).
class BpeModel : public WordModel {
 public:
  // Ids of the 256 single bytes; TokenTable::kNone where the vocabulary lacks one.
  using ByteIds = std::array<int32_t, 256>;

  BpeModel(ByteIds byte_ids, MergeTable merges) : byte_ids_(byte_ids), merges_(std::move(merges)) {}

  // Words that are tokens become that token, whatever the merges say ("ignore_merges").
  void match_whole_words(TokenTable words, TokenIndex index) {
    words_ = std::move(words);
    word_index_ = std::move(index);
    whole_words_ = true;
  }
  // What a byte missing from the vocabulary becomes; without it such bytes vanish.
  void set_unknown(int32_t id, bool fuse) {
    unknown_ = id;
    fuse_unknown_ = fuse;
  }

  void encode(std::string_view word, std::vector<int32_t>& ids) const override;

 private:
  void encode_bytes(std::string_view word, std::vector<int32_t>& ids) const;
  void initial_symbols(std::string_view word, std::vector<int32_t>& symbols) const;
  void merge_short(std::vector<int32_t>& symbols) const;
  void merge_long(std::vector<int32_t>& symbols) const;

  ByteIds byte_ids_;
  MergeTable merges_;
  TokenTable words_;
  TokenIndex word_index_;
  bool whole_words_ = false;
  int32_t unknown_ = TokenTable::kNone;
  bool fuse_unknown_ = false;
  uint32_t instance_ = next_instance();  // tells the entries of the threads' caches apart
  static uint32_t next_instance();
};

}  // namespace fundi::text
