#include "text/added_tokens.h"

#include <algorithm>

#include "base/error.h"
#include "text/scanners/cursor.h"
#include "text/unicode_data.h"

namespace fundi::text {
namespace {

constexpr size_t kMaxContentBytes = 4096;

bool touches_word(const Cursor& in, size_t begin, size_t end) {
  if (begin > 0 && is_word_character(in.value(in.previous(begin)))) return true;
  return end < in.size() && is_word_character(in.value(end));
}

// Ends of runs of white space; asked again within the last run, it need not read it again.
class SpaceRuns {
 public:
  explicit SpaceRuns(const Cursor& in) : in_(in) {}
  size_t end_from(size_t pos) {
    if (pos < begin_ || pos > end_) {
      begin_ = pos;
      end_ = in_.run(pos, kSpace);
    }
    return end_;
  }

 private:
  const Cursor& in_;
  size_t begin_ = 1, end_ = 0;
};

}  // namespace

void TokenFinder::add(std::string_view content, int32_t value) {
  first_[static_cast<unsigned char>(content.front())] = true;
  // Of equal strings (two tokens that normalise alike) the first counts.
  trie_.insert(content, value);
}

TokenFinder::Match TokenFinder::find(std::string_view text, size_t from) const {
  for (size_t begin = from; begin < text.size(); ++begin) {
    if (!first_[static_cast<unsigned char>(text[begin])]) continue;
    const auto match = trie_.longest_prefix(text.substr(begin));
    if (match.value != ByteTrie::kNone) return {begin, begin + match.length, match.value};
  }
  return {text.size(), text.size(), ByteTrie::kNone};
}

void AddedTokens::parse(const JsonReader& json, const Normalizer& normalizer,
                        Vocabulary& vocabulary) {
  if (json.is_null()) return;
  const size_t room = static_cast<size_t>(vocabulary.spelled.size()) + json.size();
  json.each([&](const JsonReader& item) {
    AddedToken token;
    token.content = item.child("content").string();
    const int64_t id = item.child("id").integer();
    token.single_word = item.boolean("single_word", false);
    token.lstrip = item.boolean("lstrip", false);
    token.rstrip = item.boolean("rstrip", false);
    token.special = item.boolean("special", false);
    token.normalized = item.boolean("normalized", !token.special);
    if (token.content.empty()) item.corrupt("the token is empty");
    if (token.content.size() > kMaxContentBytes) {
      item.corrupt(fmt::format("the token has {} bytes; at most {} are allowed",
                               token.content.size(), kMaxContentBytes));
    }
    const int32_t known = vocabulary.find(token.content);
    if (known == TokenTable::kNone) {
      add_to_vocabulary(vocabulary, token.content, id, room, item.where());
    } else if (known != id) {
      item.corrupt(fmt::format("token '{}' has the id {} here and {} in the vocabulary",
                               token.content, id, known));
    }
    token.id = static_cast<int32_t>(id);
    if (by_id_.contains(token.id)) {
      item.corrupt(fmt::format("token '{}' is added twice", token.content));
    }
    add(std::move(token), normalizer);
    if (tokens_.back().decoded.empty()) item.corrupt("the token is empty once normalised");
  });
}

void AddedTokens::add(AddedToken token, const Normalizer& normalizer) {
  const auto index = static_cast<int32_t>(tokens_.size());
  by_id_.emplace(token.id, tokens_.size());
  token.decoded = token.normalized ? normalizer.apply(token.content) : token.content;
  if (!token.decoded.empty()) {
    (token.normalized ? normalized_ : raw_).add(token.decoded, index);
  }
  tokens_.push_back(std::move(token));
}

const AddedToken* AddedTokens::find(int32_t id) const {
  const auto it = by_id_.find(id);
  return it == by_id_.end() ? nullptr : &tokens_[it->second];
}

std::vector<AddedTokens::Piece> AddedTokens::cut(std::string_view text, bool normalized,
                                                 bool allow_special) const {
  const TokenFinder& finder = normalized ? normalized_ : raw_;
  std::vector<Piece> pieces;
  const Cursor in(text);
  SpaceRuns spaces(in);
  size_t done = 0;  // text before it has been handed out
  for (size_t from = 0; !finder.empty();) {
    const TokenFinder::Match match = finder.find(text, from);
    if (match.value == ByteTrie::kNone) break;
    from = match.end;
    const AddedToken& token = tokens_[static_cast<size_t>(match.value)];
    if (token.special && !allow_special) continue;
    if (token.single_word && touches_word(in, match.begin, match.end)) continue;
    size_t begin = match.begin, end = match.end;
    if (token.lstrip) {
      while (begin > done && in.cls(in.previous(begin)) == kSpace) begin = in.previous(begin);
      begin = std::max(begin, done);
    }
    if (token.rstrip) end = spaces.end_from(end);
    // A token that begins with white space may lie inside what an rstrip before it swallowed.
    // Hugging Face tokenizers then drops it if it has lstrip itself, else goes back to it; models
    // were trained on that.
    if (begin >= end) continue;
    if (begin > done) pieces.push_back({text.substr(done, begin - done), -1});
    pieces.push_back({text.substr(begin, end - begin), token.id});
    done = end;
  }
  if (done < text.size()) pieces.push_back({text.substr(done), -1});
  return pieces;
}

}  // namespace fundi::text
