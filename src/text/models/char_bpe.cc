#include "text/models/char_bpe.h"

#include <algorithm>

#include "text/models/cut_words.h"
#include "text/utf8.h"

namespace fundi::text {

CharBpe::CharBpe(Options options, const Vocabulary& vocabulary, MergeTable merges, CharPairs pairs)
    : options_(std::move(options)),
      merges_(std::move(merges)),
      pairs_(std::move(pairs)),
      affixes_(!options_.continuing_prefix.empty() || !options_.end_suffix.empty()),
      all_bytes_(!options_.byte_ids.empty() &&
                 std::find(options_.byte_ids.begin(), options_.byte_ids.end(),
                           TokenTable::kNone) == options_.byte_ids.end()) {
  add_single(vocabulary);
  if (!options_.ignore_merges) return;
  for (int32_t id = 0; id < vocabulary.spelled.size(); ++id) {
    if (!vocabulary.spelled.has(id) || vocabulary.spelled.at(id).empty()) continue;
    words_.words.set(id, vocabulary.spelled.at(id));
    words_.index.insert(words_.words, id);
  }
}

size_t CharBpe::table_of(bool first, bool last) const {
  return affixes_ ? (first ? 0 : 1) + (last ? 2 : 0) : 0;
}

void CharBpe::add_single(const Vocabulary& vocabulary) {
  const auto add = [&](std::string_view token, int32_t id, bool first, bool last) {
    if (!first) {
      if (!token.starts_with(options_.continuing_prefix)) return;
      token.remove_prefix(options_.continuing_prefix.size());
    }
    if (last) {
      if (!token.ends_with(options_.end_suffix)) return;
      token.remove_suffix(options_.end_suffix.size());
    }
    if (token.empty() || token.size() > 4) return;
    const CodePoint c = code_point_at(token, 0);
    if (c.length != token.size()) return;
    CharIds& ids = char_ids_[table_of(first, last)];
    if (c.value >= ids.size()) ids.resize(c.value + 1, TokenTable::kNone);
    ids[c.value] = id;
  };
  for (int32_t id = 0; id < vocabulary.spelled.size(); ++id) {
    if (!vocabulary.spelled.has(id)) continue;
    const std::string_view token = vocabulary.spelled.at(id);
    add(token, id, true, false);
    if (!affixes_) continue;
    add(token, id, false, false);
    add(token, id, true, true);
    add(token, id, false, true);
  }
}

// Whether the text may be cut between two neighbours without changing its ids.
bool CharBpe::may_cut(char32_t left, char32_t right) const {
  if (pairs_.contains(left, right)) return false;
  // Characters without a token may fuse with what stands beside them.
  return all_bytes_ || (char_id(left, true, false) != TokenTable::kNone &&
                        char_id(right, true, false) != TokenTable::kNone);
}

void CharBpe::encode(std::string_view word, std::vector<int32_t>& ids) const {
  if (options_.ignore_merges) {
    if (const int32_t id = words_.find(word); id != TokenTable::kNone) {
      ids.push_back(id);
      return;
    }
  }
  if (affixes_) return CachedWordModel::encode(word, ids);
  cut_words(
      word, [this](char32_t left, char32_t right) { return may_cut(left, right); },
      [&](std::string_view part) { CachedWordModel::encode(part, ids); });
}

void CharBpe::encode_anew(std::string_view word, std::vector<int32_t>& ids) const {
  thread_local std::vector<int32_t> symbols;
  initial_symbols(word, symbols);
  merge_symbols(merges_, symbols);
  ids.insert(ids.end(), symbols.begin(), symbols.end());
  if (symbols.capacity() > (1 << 20)) symbols = {};  // do not keep the memory of a monster word
}

void CharBpe::initial_symbols(std::string_view word, std::vector<int32_t>& symbols) const {
  symbols.clear();
  // An unknown token waits for the next known character, so that bytes overtake it: a peculiarity of
  // Hugging Face tokenizers.
  bool unknown_waits = false;
  const auto flush = [&] {
    if (unknown_waits) symbols.push_back(options_.unknown);
    unknown_waits = false;
  };
  std::string spelling;
  for (size_t pos = 0; pos < word.size();) {
    const CodePoint c = code_point_at(word, pos);
    const bool first = pos == 0, last = pos + c.length == word.size();
    const std::string_view bytes = word.substr(pos, c.length);
    pos += c.length;
    if (const int32_t id = char_id(c.value, first, last); id != TokenTable::kNone) {
      flush();
      symbols.push_back(id);
      continue;
    }
    spelling.assign(first ? "" : options_.continuing_prefix).append(bytes);
    if (last) spelling.append(options_.end_suffix);
    if (append_byte_tokens(spelling, options_.byte_ids, symbols)) continue;
    if (options_.unknown == TokenTable::kNone) continue;
    if (!options_.fuse_unknown) flush();
    unknown_waits = true;
  }
  flush();
}

}  // namespace fundi::text
