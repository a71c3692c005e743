#include "text/models/scored_bpe.h"

#include <algorithm>
#include <functional>

#include "text/models/cut_words.h"
#include "text/utf8.h"

namespace fundi::text {

CharSymbols::CharSymbols(const ScoredPieces& pieces, const Vocabulary& vocabulary)
    : first_(vocabulary.spelled.size()) {
  for (int32_t id = 0; id < first_; ++id) {
    if (!vocabulary.spelled.has(id) || !pieces.joins[static_cast<size_t>(id)]) continue;
    const std::string_view piece = vocabulary.spelled.at(id);
    if (piece.empty() || code_point_at(piece, 0).length != piece.size()) continue;
    const char32_t c = code_point_at(piece, 0).value;
    if (c >= ids_.size()) ids_.resize(c + 1, TokenTable::kNone);
    ids_[c] = id;
  }
}

namespace {

class PairFinder {
 public:
  PairFinder(const ScoredPieces& pieces, const Vocabulary& vocabulary)
      : pieces_(pieces), vocabulary_(vocabulary), characters_(pieces, vocabulary) {}

  std::vector<ScoredPair> run() {
    for (int32_t id = 0; id < vocabulary_.spelled.size(); ++id) {
      if (joins(id)) scores_.push_back(score(id));
    }
    std::sort(scores_.begin(), scores_.end(), std::greater<>{});
    scores_.erase(std::unique(scores_.begin(), scores_.end()), scores_.end());
    for (int32_t id = 0; id < vocabulary_.spelled.size(); ++id) {
      if (joins(id)) cut(id);
    }
    return std::move(pairs_);
  }

 private:
  bool joins(int32_t id) const {
    return vocabulary_.spelled.has(id) && pieces_.joins[static_cast<size_t>(id)];
  }
  float score(int32_t id) const { return pieces_.scores[static_cast<size_t>(id)]; }

  // The ways of cutting a piece into two symbols.
  void cut(int32_t id) {
    const std::string_view piece = vocabulary_.spelled.at(id);
    if (piece.empty()) return;
    const auto rank = static_cast<int32_t>(
        std::lower_bound(scores_.begin(), scores_.end(), score(id), std::greater<>{}) -
        scores_.begin());
    for (size_t at = code_point_at(piece, 0).length; at < piece.size();
         at += code_point_at(piece, at).length) {
      const int32_t left = symbol(piece.substr(0, at)), right = symbol(piece.substr(at));
      if (left != TokenTable::kNone && right != TokenTable::kNone) {
        pairs_.push_back({left, right, rank, id});
      }
    }
  }

  int32_t symbol(std::string_view text) const {
    const CodePoint c = code_point_at(text, 0);
    if (c.length == text.size()) return characters_.of(c.value);
    const int32_t id = vocabulary_.find(text);
    return id != TokenTable::kNone && joins(id) ? id : TokenTable::kNone;
  }

  const ScoredPieces& pieces_;
  const Vocabulary& vocabulary_;
  CharSymbols characters_;
  std::vector<float> scores_;  // distinct, the best first
  std::vector<ScoredPair> pairs_;
};

}  // namespace

std::vector<ScoredPair> find_scored_pairs(const ScoredPieces& pieces,
                                          const Vocabulary& vocabulary) {
  return PairFinder(pieces, vocabulary).run();
}

ScoredBpe::ScoredBpe(const ScoredPieces& pieces, const Options& options,
                     const Vocabulary& vocabulary)
    : symbols_(pieces, vocabulary),
      byte_ids_(options.byte_ids),
      all_bytes_(!byte_ids_.empty() && std::find(byte_ids_.begin(), byte_ids_.end(),
                                                 TokenTable::kNone) == byte_ids_.end()),
      unknown_(options.unknown),
      fuse_unknown_(options.fuse_unknown) {
  const std::vector<ScoredPair> pairs = find_scored_pairs(pieces, vocabulary);
  merges_.reserve(pairs.size());
  for (const ScoredPair& pair : pairs) {
    merges_.set(pair.left, pair.right, {pair.rank, pair.id});
    pairs_.add(last_of(pair.left, vocabulary), first_of(pair.right, vocabulary));
  }
  for (const int32_t id : options.user_defined) {
    if (!vocabulary.spelled.at(id).empty()) user_defined_.insert(vocabulary.spelled.at(id), id);
  }
}

char32_t ScoredBpe::first_of(int32_t symbol, const Vocabulary& vocabulary) const {
  if (!symbols_.is_piece(symbol)) return symbols_.character(symbol);
  return code_point_at(vocabulary.spelled.at(symbol), 0).value;
}

char32_t ScoredBpe::last_of(int32_t symbol, const Vocabulary& vocabulary) const {
  if (!symbols_.is_piece(symbol)) return symbols_.character(symbol);
  return last_character(vocabulary.spelled.at(symbol));
}

void ScoredBpe::encode(std::string_view word, std::vector<int32_t>& ids) const {
  if (user_defined_.empty()) return encode_plain(word, ids);
  size_t begin = 0;
  for (size_t pos = 0; pos < word.size();) {
    const auto found = user_defined_.longest_prefix(word.substr(pos));
    if (found.value == ByteTrie::kNone) {
      pos += code_point_at(word, pos).length;
      continue;
    }
    if (pos > begin) encode_plain(word.substr(begin, pos - begin), ids);
    ids.push_back(found.value);
    pos = begin = pos + found.length;
  }
  if (begin < word.size()) encode_plain(word.substr(begin), ids);
}

void ScoredBpe::encode_plain(std::string_view text, std::vector<int32_t>& ids) const {
  const auto may_cut = [this](char32_t left, char32_t right) {
    // Characters without a piece may be part of a run of unknown ones.
    return !pairs_.contains(left, right) &&
           (all_bytes_ ||
            (symbols_.is_piece(symbol_of(left)) && symbols_.is_piece(symbol_of(right))));
  };
  cut_words(text, may_cut, [&](std::string_view part) { CachedWordModel::encode(part, ids); });
}

void ScoredBpe::encode_anew(std::string_view word, std::vector<int32_t>& ids) const {
  thread_local std::vector<int32_t> symbols;
  symbols.clear();
  for_each_character(word,
                     [&](char32_t c, std::string_view) { symbols.push_back(symbol_of(c)); });
  merge_symbols(merges_, symbols);
  std::string bytes;
  bool after_unknown = false;
  for (const int32_t symbol : symbols) {
    if (symbols_.is_piece(symbol)) {
      ids.push_back(symbol);
      after_unknown = false;
      continue;
    }
    bytes.clear();
    append_utf8(bytes, symbols_.character(symbol));
    const bool spelled = append_byte_tokens(bytes, byte_ids_, ids);
    const bool fused = fuse_unknown_ && after_unknown;
    if (!spelled && !fused && unknown_ != TokenTable::kNone) ids.push_back(unknown_);
    after_unknown = !spelled;
  }
  if (symbols.capacity() > (1 << 20)) symbols = {};  // do not keep the memory of a monster word
}

}  // namespace fundi::text
