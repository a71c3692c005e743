#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "text/byte_trie.h"
#include "text/gguf_vocabulary.h"
#include "text/models/word_model.h"

namespace fundi::text {

// The unigram language model as SentencePiece computes it: sums in single precision over the whole
// text, pieces of the user preferred, unused ones passed over.
class SentencePieceUnigram : public WordModel {
 public:
  // Scores and types by id.
  SentencePieceUnigram(const Vocabulary& vocabulary, std::vector<float> scores,
                       std::vector<GgufTokenType> types, int32_t unknown,
                       std::vector<int32_t> byte_ids);

  void encode(std::string_view text, std::vector<int32_t>& ids) const override;

 private:
  ByteTrie trie_;
  std::vector<float> scores_;
  std::vector<GgufTokenType> types_;
  float least_score_ = 0, best_score_ = 0;  // of normal pieces
  int32_t unknown_;
  std::vector<int32_t> byte_ids_;  // empty without byte fallback
};

}  // namespace fundi::text
