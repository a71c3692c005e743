#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "text/json_reader.h"
#include "text/normalizer.h"
#include "text/word_model.h"

namespace fundi::text {

struct AddedToken {
  int32_t id = 0;
  std::string content;
  bool single_word = false;  // only where no word character touches it
  bool lstrip = false;       // swallows white space before it
  bool rstrip = false;       // and after it
  bool normalized = false;   // looked for in the normalised text
  bool special = false;
};

// Finds a set of strings in text, leftmost first, the longest where several begin together.
class TokenFinder {
 public:
  void add(std::string_view content, int32_t value);
  bool empty() const { return !any_; }
  struct Match {
    size_t begin, end;
    int32_t value;  // -1: no match
  };
  Match find(std::string_view text, size_t from) const;

 private:
  static uint64_t edge(uint32_t node, unsigned char byte) { return uint64_t{node} << 8 | byte; }
  std::array<bool, 256> first_{};  // bytes some string begins with
  bool any_ = false;
  std::vector<int32_t> values_ = {-1};  // by trie node
  std::unordered_map<uint64_t, uint32_t> edges_;
};

// "added_tokens" of tokenizer.json. Immutable after parsing.
class AddedTokens {
 public:
  // Adds the tokens to the vocabulary where the model lacks them.
  void parse(const JsonReader& json, const Normalizer& normalizer, Vocabulary& vocabulary);

  const AddedToken* find(int32_t id) const;

  struct Piece {
    std::string_view text;
    int32_t id;  // -1: ordinary text
  };
  // Cuts raw text at the tokens that are not `normalized`, or normalised text at those that are.
  // With allow_special false, special tokens stay text.
  std::vector<Piece> cut(std::string_view text, bool normalized, bool allow_special) const;
  bool any(bool normalized) const { return !(normalized ? normalized_ : raw_).empty(); }

 private:
  std::vector<AddedToken> tokens_;
  std::unordered_map<int32_t, size_t> by_id_;
  TokenFinder raw_, normalized_;  // values are indices into tokens_
};

}  // namespace fundi::text
