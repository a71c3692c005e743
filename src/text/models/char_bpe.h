#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "text/models/char_pairs.h"
#include "text/models/merge.h"
#include "text/models/word_model.h"

namespace fundi::text {

// Byte pair encoding of words given as characters, as Llama 2, Gemma and the first subword models
// have it. Whole texts may come as one word: it is cut where no merge can reach across, which
// changes nothing in the result, so that the parts are short and found in the cache.
class CharBpe : public CachedWordModel {
 public:
  struct Options {
    std::string continuing_prefix;  // "##" of characters that do not begin a word
    std::string end_suffix;         // "</w>" of the one that ends it
    int32_t unknown = TokenTable::kNone;
    bool fuse_unknown = false;
    // Ids of "<0x00>" to "<0xFF>"; empty without byte fallback. A character of which some byte is
    // missing is unknown.
    std::vector<int32_t> byte_ids;
    bool ignore_merges = false;
  };
  // `pairs`: the neighbouring characters that some merge may join.
  CharBpe(Options options, const Vocabulary& vocabulary, MergeTable merges, CharPairs pairs);

  void encode(std::string_view word, std::vector<int32_t>& ids) const override;

 protected:
  void encode_anew(std::string_view word, std::vector<int32_t>& ids) const override;

 private:
  // Ids of single characters by code point, and by whether they begin or end the word where that
  // changes the spelling.
  using CharIds = std::vector<int32_t>;
  size_t table_of(bool first, bool last) const;
  int32_t char_id(char32_t c, bool first, bool last) const {
    const CharIds& ids = char_ids_[table_of(first, last)];
    return c < ids.size() ? ids[c] : TokenTable::kNone;
  }
  void add_single(const Vocabulary& vocabulary);
  bool may_cut(char32_t left, char32_t right) const;
  void initial_symbols(std::string_view word, std::vector<int32_t>& symbols) const;

  Options options_;
  MergeTable merges_;
  CharPairs pairs_;
  std::array<CharIds, 4> char_ids_;
  bool affixes_;
  bool all_bytes_;
  WholeWords words_;
};

}  // namespace fundi::text
