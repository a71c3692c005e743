#include "text/added_tokens.h"

#include <unicode/uchar.h>

#include <algorithm>

#include "base/error.h"
#include "text/scanners/cursor.h"

namespace fundi::text {
namespace {

constexpr size_t kMaxContentBytes = 4096;

// \w of Unicode Technical Standard 18, annex C.
bool word_character(char32_t c) {
  const auto point = static_cast<UChar32>(c);
  return u_hasBinaryProperty(point, UCHAR_ALPHABETIC) ||
         u_hasBinaryProperty(point, UCHAR_JOIN_CONTROL) ||
         (U_GET_GC_MASK(point) & (U_GC_M_MASK | U_GC_ND_MASK | U_GC_PC_MASK)) != 0;
}

size_t previous_start(std::string_view text, size_t pos) {
  do {
    --pos;
  } while ((static_cast<unsigned char>(text[pos]) & 0xC0) == 0x80);
  return pos;
}

bool touches_word(std::string_view text, size_t begin, size_t end) {
  if (begin > 0 && word_character(code_point_at(text, previous_start(text, begin)).value)) {
    return true;
  }
  return end < text.size() && word_character(code_point_at(text, end).value);
}

}  // namespace

void TokenFinder::add(std::string_view content, int32_t value) {
  any_ = true;
  first_[static_cast<unsigned char>(content.front())] = true;
  uint32_t node = 0;
  for (const char c : content) {
    const auto [it, fresh] = edges_.try_emplace(edge(node, static_cast<unsigned char>(c)),
                                                static_cast<uint32_t>(values_.size()));
    if (fresh) values_.push_back(-1);
    node = it->second;
  }
  // Of equal strings (two tokens that normalise alike) the first counts.
  if (values_[node] < 0) values_[node] = value;
}

TokenFinder::Match TokenFinder::find(std::string_view text, size_t from) const {
  for (size_t begin = from; begin < text.size(); ++begin) {
    if (!first_[static_cast<unsigned char>(text[begin])]) continue;
    Match match{begin, begin, -1};
    uint32_t node = 0;
    for (size_t i = begin; i < text.size(); ++i) {
      const auto it = edges_.find(edge(node, static_cast<unsigned char>(text[i])));
      if (it == edges_.end()) break;
      node = it->second;
      if (values_[node] >= 0) match = {begin, i + 1, values_[node]};
    }
    if (match.value >= 0) return match;
  }
  return {text.size(), text.size(), -1};
}

void AddedTokens::parse(const JsonReader& json, const Normalizer& normalizer,
                        Vocabulary& vocabulary) {
  if (json.is_null()) return;
  const auto list = json.array();
  const size_t room = static_cast<size_t>(vocabulary.spelled.size()) + list.size();
  size_t index = 0;
  for (const auto element : list) {
    const JsonReader item = json.item(index++, element);
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
    const int32_t known = vocabulary.by_spelling.find(vocabulary.spelled, token.content);
    if (known == TokenTable::kNone) {
      add_to_vocabulary(vocabulary, token.content, id, room, item);
    } else if (known != id) {
      item.corrupt(fmt::format("token '{}' has the id {} here and {} in the vocabulary",
                               token.content, id, known));
    }
    token.id = static_cast<int32_t>(id);
    if (!by_id_.emplace(token.id, tokens_.size()).second) {
      item.corrupt(fmt::format("token '{}' is added twice", token.content));
    }
    const std::string pattern = token.normalized ? normalizer.apply(token.content) : token.content;
    if (pattern.empty()) item.corrupt("the token is empty once normalised");
    (token.normalized ? normalized_ : raw_).add(pattern, static_cast<int32_t>(tokens_.size()));
    tokens_.push_back(std::move(token));
  }
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
  size_t done = 0;  // text before it has been handed out
  for (size_t from = 0; !finder.empty();) {
    const TokenFinder::Match match = finder.find(text, from);
    if (match.value < 0) break;
    from = match.end;
    const AddedToken& token = tokens_[static_cast<size_t>(match.value)];
    if (token.special && !allow_special) continue;
    if (token.single_word && touches_word(text, match.begin, match.end)) continue;
    size_t begin = match.begin, end = match.end;
    if (token.lstrip) {
      while (begin > 0 && in.cls(previous_start(text, begin)) == kSpace) {
        begin = previous_start(text, begin);
      }
      begin = std::max(begin, done);
    }
    if (token.rstrip) end = in.run(end, kSpace);
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
