#include <algorithm>
#include <cmath>
#include <limits>

#include "base/error.h"
#include "text/models/viterbi.h"
#include "text/models/word_model.h"

namespace fundi::text {
namespace {

constexpr double kUnknownPenalty = 10;  // below the worst piece

class Unigram : public CachedWordModel {
 public:
  Unigram(const JsonReader& json, Vocabulary& vocabulary) {
    const JsonReader vocab = json.child("vocab");
    const size_t count = vocab.size();
    vocab.each([&](const JsonReader& item) { add_piece(item, count, vocabulary); });
    if (json.has("unk_id")) {
      const int64_t id = json.child("unk_id").integer();
      if (id < 0 || id >= static_cast<int64_t>(count)) {
        json.child("unk_id").corrupt(fmt::format("no token has the id {}", id));
      }
      unknown_ = static_cast<int32_t>(id);
    }
    if (json.boolean("byte_fallback", false)) byte_ids_ = byte_tokens(vocabulary);
  }

 protected:
  void encode_anew(std::string_view word, std::vector<int32_t>& ids) const override {
    check_viterbi_length(word);
    thread_local Viterbi<double> viterbi;
    const auto score_of = [&](int32_t id, size_t, double& score) {
      score = scores_[static_cast<size_t>(id)];
      return true;
    };
    const auto pieces =
        viterbi.segment(word, trie_, score_of, least_score_ - kUnknownPenalty, unknown_);
    for (size_t i = pieces.size(); i > 0;) {
      const auto& piece = pieces[--i];
      if (piece.id != unknown_) {
        ids.push_back(piece.id);
        continue;
      }
      // Unknown neighbours are one token.
      size_t end = piece.end;
      for (; i > 0 && pieces[i - 1].id == unknown_; --i) end = pieces[i - 1].end;
      append_unknown(word.substr(piece.begin, end - piece.begin), ids);
    }
  }

 private:
  void add_piece(const JsonReader& item, size_t count, Vocabulary& vocabulary) {
    if (item.size() != 2) item.corrupt("must be a list of a token and its score");
    const std::string_view token = item.item(0).string();
    const JsonReader score = item.item(1);
    const auto id = static_cast<int32_t>(scores_.size());
    if (token.empty()) item.corrupt("the token is empty");
    if (!std::isfinite(score.number())) score.corrupt("must be finite");
    add_to_vocabulary(vocabulary, token, id, count, item.where());
    trie_.insert(token, id);
    scores_.push_back(score.number());
    least_score_ = std::min(least_score_, scores_.back());
  }

  void append_unknown(std::string_view text, std::vector<int32_t>& ids) const {
    if (const int32_t id = trie_.find(text); id != ByteTrie::kNone) return ids.push_back(id);
    if (append_byte_tokens(text, byte_ids_, ids)) return;
    if (unknown_ == TokenTable::kNone) {
      fail(ErrorCode::kInvalidArgument,
           "the text holds '{}', which the tokenizer has no token for, nor one for the unknown",
           text.substr(0, 80));
    }
    ids.push_back(unknown_);
  }

  ByteTrie trie_;
  std::vector<double> scores_;
  double least_score_ = std::numeric_limits<double>::infinity();
  int32_t unknown_ = TokenTable::kNone;
  std::vector<int32_t> byte_ids_;  // empty without byte fallback
};

}  // namespace

void check_viterbi_length(std::string_view word) {
  if (word.size() >= std::numeric_limits<uint32_t>::max()) {
    fail(ErrorCode::kInvalidArgument, "a text of {} bytes is too long to encode; split it",
         word.size());
  }
}

std::unique_ptr<WordModel> parse_unigram(const JsonReader& json, bool, Vocabulary& vocabulary) {
  return std::make_unique<Unigram>(json, vocabulary);
}

}  // namespace fundi::text
