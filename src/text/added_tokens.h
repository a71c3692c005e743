#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "text/byte_trie.h"
#include "text/json_reader.h"
#include "text/models/word_model.h"
#include "text/normalizer.h"

namespace fundi::text {

struct AddedToken {
  int32_t id = 0;
  std::string content;
  bool single_word = false;  // only where no word character touches it
  bool lstrip = false;       // swallows white space before it
  bool rstrip = false;       // and after it
  bool normalized = false;   // looked for in the normalised text
  bool special = false;
  std::string decoded;  // what decoders are given: the content, normalised where it is looked for so
};

// Finds a set of strings in text, leftmost first, the longest where several begin together.
class TokenFinder {
 public:
  void add(std::string_view content, int32_t value);
  bool empty() const { return trie_.empty(); }
  struct Match {
    size_t begin, end;
    int32_t value;  // ByteTrie::kNone: no match
  };
  Match find(std::string_view text, size_t from) const;

 private:
  std::array<bool, 256> first_{};  // bytes some string begins with
  ByteTrie trie_;
};

// Tokens that are cut out of the text before anything else. Immutable once it is filled.
class AddedTokens {
 public:
  // Reads "added_tokens" of tokenizer.json. Adds the tokens to the vocabulary where the model lacks
  // them.
  void parse(const JsonReader& json, const Normalizer& normalizer, Vocabulary& vocabulary);
  // Requires an id that is not there yet; `decoded` is filled in.
  void add(AddedToken token, const Normalizer& normalizer);

  const AddedToken* find(int32_t id) const;

  struct Piece {
    std::string_view text;
    int32_t id;  // -1: ordinary text
  };
  // Cuts raw text at the tokens that are not `normalized`, or normalised text at those that are.
  // With allow_special false, special tokens stay text.
  std::vector<Piece> cut(std::string_view text, bool normalized, bool allow_special) const;
  bool any(bool normalized) const { return !(normalized ? normalized_ : raw_).empty(); }
  const std::vector<AddedToken>& all() const { return tokens_; }

 private:
  std::vector<AddedToken> tokens_;
  std::unordered_map<int32_t, size_t> by_id_;
  TokenFinder raw_, normalized_;  // values are indices into tokens_
};

}  // namespace fundi::text
