#include "text/models/sentencepiece_unigram.h"

#include <algorithm>
#include <limits>

#include "text/models/viterbi.h"

namespace fundi::text {
namespace {

constexpr float kUnknownPenalty = 10;  // below the worst piece

}  // namespace

SentencePieceUnigram::SentencePieceUnigram(const Vocabulary& vocabulary, std::vector<float> scores,
                                           std::vector<GgufTokenType> types, int32_t unknown,
                                           std::vector<int32_t> byte_ids)
    : scores_(std::move(scores)),
      types_(std::move(types)),
      unknown_(unknown),
      byte_ids_(std::move(byte_ids)) {
  least_score_ = std::numeric_limits<float>::max();
  best_score_ = std::numeric_limits<float>::min();  // the smallest positive, as SentencePiece has it
  for (int32_t id = 0; id < vocabulary.spelled.size(); ++id) {
    const GgufTokenType type = types_[static_cast<size_t>(id)];
    if (type == GgufTokenType::kNormal) {
      least_score_ = std::min(least_score_, scores_[static_cast<size_t>(id)]);
      best_score_ = std::max(best_score_, scores_[static_cast<size_t>(id)]);
    }
    if (type == GgufTokenType::kNormal || type == GgufTokenType::kUserDefined ||
        type == GgufTokenType::kUnused) {
      trie_.insert(vocabulary.spelled.at(id), id);
    }
  }
}

void SentencePieceUnigram::encode(std::string_view text, std::vector<int32_t>& ids) const {
  check_viterbi_length(text);
  thread_local Viterbi<float> viterbi;
  const auto score_of = [&](int32_t id, size_t length, double& score) {
    const GgufTokenType type = types_[static_cast<size_t>(id)];
    if (type == GgufTokenType::kUnused) return false;
    score = type == GgufTokenType::kUserDefined
                ? static_cast<double>(static_cast<float>(length) * best_score_) - 0.1
                : static_cast<double>(scores_[static_cast<size_t>(id)]);
    return true;
  };
  const auto pieces =
      viterbi.segment(text, trie_, score_of, least_score_ - kUnknownPenalty, unknown_);
  bool after_unknown = false;
  for (size_t i = pieces.size(); i > 0; --i) {
    const auto& piece = pieces[i - 1];
    if (piece.id != unknown_) {
      ids.push_back(piece.id);
      after_unknown = false;
      continue;
    }
    // Without bytes, unknown neighbours are one token.
    const std::string_view bytes = text.substr(piece.begin, piece.end - piece.begin);
    if (append_byte_tokens(bytes, byte_ids_, ids)) continue;
    if (!after_unknown) ids.push_back(unknown_);
    after_unknown = true;
  }
}

}  // namespace fundi::text
