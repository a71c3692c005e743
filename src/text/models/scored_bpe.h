#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "text/byte_trie.h"
#include "text/models/char_pairs.h"
#include "text/models/merge.h"
#include "text/models/word_model.h"

namespace fundi::text {

// Which pieces a SentencePiece model makes by joining, and how gladly.
struct ScoredPieces {
  std::vector<float> scores;  // by id
  std::vector<bool> joins;    // by id: whether joining may make this piece
};

// Two symbols that may be joined. Symbols are ids, or vocabulary size + code point for characters
// that are no pieces.
struct ScoredPair {
  int32_t left, right;
  int32_t rank;  // by falling score; equal scores have equal ranks
  int32_t id;    // what they make
};

// The symbols of single characters.
class CharSymbols {
 public:
  CharSymbols(const ScoredPieces& pieces, const Vocabulary& vocabulary);
  int32_t of(char32_t c) const {
    const int32_t id = c < ids_.size() ? ids_[c] : TokenTable::kNone;
    return id != TokenTable::kNone ? id : first_ + static_cast<int32_t>(c);
  }
  bool is_piece(int32_t symbol) const { return symbol < first_; }
  // Requires !is_piece(symbol).
  char32_t character(int32_t symbol) const { return static_cast<char32_t>(symbol - first_); }

 private:
  int32_t first_;
  std::vector<int32_t> ids_;
};

// All of them, by the ids they make. Takes time in the vocabulary's size.
std::vector<ScoredPair> find_scored_pairs(const ScoredPieces& pieces, const Vocabulary& vocabulary);

// SentencePiece's byte pair encoding: any two neighbours whose text is a piece may be joined, the best
// score first, the leftmost of equals. Works on normalised text as a whole; it is cut where no pair
// can reach across, which changes nothing in the result.
class ScoredBpe : public CachedWordModel {
 public:
  struct Options {
    // Pieces that are found whole, the longest first, and never joined with anything.
    std::vector<int32_t> user_defined;
    // Ids of "<0x00>" to "<0xFF>" for characters without a piece; empty without byte fallback.
    std::vector<int32_t> byte_ids;
    int32_t unknown = TokenTable::kNone;  // for characters that bytes do not cover either
    bool fuse_unknown = true;             // a run of unknown characters is one token
  };
  ScoredBpe(const ScoredPieces& pieces, const Options& options, const Vocabulary& vocabulary);

  void encode(std::string_view word, std::vector<int32_t>& ids) const override;

 protected:
  void encode_anew(std::string_view word, std::vector<int32_t>& ids) const override;

 private:
  int32_t symbol_of(char32_t c) const { return symbols_.of(c); }
  char32_t first_of(int32_t symbol, const Vocabulary& vocabulary) const;
  char32_t last_of(int32_t symbol, const Vocabulary& vocabulary) const;
  void encode_plain(std::string_view text, std::vector<int32_t>& ids) const;

  CharSymbols symbols_;
  MergeTable merges_;
  CharPairs pairs_;
  ByteTrie user_defined_;
  std::vector<int32_t> byte_ids_;
  bool all_bytes_;
  int32_t unknown_;
  bool fuse_unknown_;
};

}  // namespace fundi::text
