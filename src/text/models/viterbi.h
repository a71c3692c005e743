#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "text/byte_trie.h"
#include "text/utf8.h"

namespace fundi::text {

// The best segmentation of a word by a unigram language model. `Score` is the type that sums are
// kept in: double in Hugging Face tokenizers, float in SentencePiece; equal ids need equal rounding.
template <typename Score>
class Viterbi {
 public:
  struct Piece {
    uint32_t begin, end;
    int32_t id;
  };

  // `trie` holds the pieces' ids; piece_score(id, bytes) is called for each match and may refuse it
  // by returning false. Characters that no piece covers alone cost `unknown_score` and get
  // `unknown_id`. Returns the pieces from the last to the first; valid until the next call.
  template <typename PieceScore>
  std::span<const Piece> segment(std::string_view word, const ByteTrie& trie,
                                 PieceScore piece_score, Score unknown_score, int32_t unknown_id) {
    best_.assign(word.size() + 1, {});
    for (size_t begin = 0; begin < word.size();) {
      const size_t character = code_point_at(word, begin).length;
      bool covered = false;
      uint32_t node = ByteTrie::kRoot;
      for (size_t end = begin; end < word.size();) {
        node = trie.step(node, static_cast<unsigned char>(word[end++]));
        if (node == ByteTrie::kNowhere) break;
        const int32_t id = trie.value(node);
        double score = 0;
        if (id == ByteTrie::kNone || !piece_score(id, end - begin, score)) continue;
        improve(end, score + best_[begin].score, begin, id);
        covered = covered || end - begin == character;
      }
      if (!covered) {
        improve(begin + character, static_cast<Score>(unknown_score + best_[begin].score), begin,
                unknown_id);
      }
      begin += character;
    }
    pieces_.clear();
    for (size_t end = word.size(); end > 0; end = best_[end].begin) {
      pieces_.push_back({best_[end].begin, static_cast<uint32_t>(end), best_[end].id});
    }
    return pieces_;
  }

 private:
  static constexpr uint32_t kUnreached = UINT32_MAX;
  struct Best {
    Score score = 0;
    uint32_t begin = kUnreached;
    int32_t id = 0;
  };
  void improve(size_t end, double score, size_t begin, int32_t id) {
    Best& best = best_[end];
    if (best.begin != kUnreached && !(score > best.score)) return;
    best = {static_cast<Score>(score), static_cast<uint32_t>(begin), id};
  }
  std::vector<Best> best_;  // by where the piece ends
  std::vector<Piece> pieces_;
};

// Words of 4 GB and more do not fit its positions. Throws kInvalidArgument.
void check_viterbi_length(std::string_view word);

}  // namespace fundi::text
