#include "text/bpe.h"

#include <algorithm>
#include <atomic>
#include <queue>

#include "base/error.h"
#include "text/byte_alphabet.h"
#include "text/word_cache.h"

namespace fundi::text {
namespace {

constexpr size_t kShortWord = 32;       // symbols; beyond it the queue wins over scanning
constexpr size_t kMaxMerges = 1 << 26;  // a file needs 8 bytes a merge, so this is never met first

// Two strings, or one with a space between them.
std::pair<std::string_view, std::string_view> merge_parts(const JsonReader& merge) {
  if (merge.is_string()) {
    const std::string_view text = merge.string();
    const size_t space = text.find(' ');
    if (space == std::string_view::npos || text.find(' ', space + 1) != std::string_view::npos) {
      merge.corrupt("must be two tokens with one space between them");
    }
    return {text.substr(0, space), text.substr(space + 1)};
  }
  const auto list = merge.array();
  if (list.size() != 2) merge.corrupt("must be a list of two tokens");
  return {merge.item(0, list.at(0)).string(), merge.item(1, list.at(1)).string()};
}

MergeTable parse_merges(const JsonReader& json, const Vocabulary& vocabulary) {
  const auto list = json.array();
  size_t count = 0;  // array::size() saturates at 2^24
  for ([[maybe_unused]] const auto element : list) ++count;
  if (count > kMaxMerges) json.corrupt(fmt::format("{} merges; at most {}", count, kMaxMerges));
  MergeTable merges;
  merges.reserve(count);
  std::string joined;
  size_t index = 0;
  const auto id_of = [&](std::string_view token, const JsonReader& merge) {
    const int32_t id = vocabulary.by_spelling.find(vocabulary.spelled, token);
    if (id == TokenTable::kNone) {
      merge.corrupt(fmt::format("token '{}' is not in the vocabulary", token.substr(0, 80)));
    }
    return id;
  };
  for (const auto element : list) {
    const JsonReader merge = json.item(index, element);
    const auto [left, right] = merge_parts(merge);
    // Non-empty parts make every result longer than both, so merging always ends.
    if (left.empty() || right.empty()) merge.corrupt("a part is empty");
    const int32_t left_id = id_of(left, merge), right_id = id_of(right, merge);
    joined.assign(left).append(right);
    merges.set(left_id, right_id, {static_cast<int32_t>(index), id_of(joined, merge)});
    ++index;
  }
  return merges;
}

void check_options(const JsonReader& json) {
  for (const std::string_view key : {"continuing_subword_prefix", "end_of_word_suffix"}) {
    if (!json.string(key, "").empty()) json.child(key).unsupported("only empty is supported");
  }
  if (json.boolean("byte_fallback", false)) {
    json.child("byte_fallback").unsupported("byte fallback is not supported");
  }
  if (json.has("dropout")) {
    simdjson::dom::element value = json.object()["dropout"];
    double dropout = 0;
    if (value.get(dropout) != simdjson::SUCCESS) json.child("dropout").corrupt("must be a number");
    if (dropout != 0) json.child("dropout").unsupported("only null or 0 is supported");
  }
}

}  // namespace

std::unique_ptr<WordModel> parse_bpe(const JsonReader& json, Vocabulary& vocabulary) {
  check_options(json);
  const JsonReader vocab = json.child("vocab");
  const auto entries = vocab.object();
  size_t count = 0;  // object::size() saturates at 2^24
  for ([[maybe_unused]] const auto entry : entries) ++count;
  for (const auto [token, value] : entries) {
    int64_t id = 0;
    if (value.get(id) != simdjson::SUCCESS) {
      vocab.corrupt(fmt::format("the id of '{}' must be an integer", token.substr(0, 80)));
    }
    add_to_vocabulary(vocabulary, token, id, count, vocab);
  }
  MergeTable merges = parse_merges(json.child("merges"), vocabulary);

  BpeModel::ByteIds byte_ids;
  for (int b = 0; b < 256; ++b) {
    const char byte = static_cast<char>(b);
    byte_ids[static_cast<size_t>(b)] =
        vocabulary.by_spelling.find(vocabulary.spelled, spell_bytes({&byte, 1}));
  }
  auto model = std::make_unique<BpeModel>(byte_ids, std::move(merges));
  if (json.boolean("ignore_merges", false)) {
    TokenTable words;
    TokenIndex index;
    for (int32_t id = 0; id < vocabulary.spelled.size(); ++id) {
      if (!vocabulary.spelled.has(id)) continue;
      if (const auto bytes = unspell_bytes(vocabulary.spelled.at(id)); bytes && !bytes->empty()) {
        words.set(id, *bytes);
        index.insert(words, id);
      }
    }
    model->match_whole_words(std::move(words), std::move(index));
  }
  if (json.has("unk_token")) {
    const JsonReader unknown = json.child("unk_token");
    const int32_t id = vocabulary.by_spelling.find(vocabulary.spelled, unknown.string());
    const bool needed =
        std::find(byte_ids.begin(), byte_ids.end(), TokenTable::kNone) != byte_ids.end();
    if (id == TokenTable::kNone && needed) unknown.corrupt("is not in the vocabulary");
    model->set_unknown(id, json.boolean("fuse_unk", false));
  }
  return model;
}

uint32_t BpeModel::next_instance() {
  static std::atomic<uint32_t> counter{0};
  uint32_t instance = 0;
  while (instance == 0) instance = ++counter;
  return instance;
}

void BpeModel::encode(std::string_view word, std::vector<int32_t>& ids) const {
  if (!WordCache::cacheable(word)) return encode_bytes(word, ids);
  WordCache& cache = WordCache::of_this_thread();
  const WordCache::Key key = WordCache::key(word, instance_);
  if (cache.find(key, ids)) return;
  const size_t before = ids.size();
  encode_bytes(word, ids);
  cache.put(key, std::span(ids).subspan(before));
}

void BpeModel::encode_bytes(std::string_view word, std::vector<int32_t>& ids) const {
  if (whole_words_) {
    if (const int32_t id = word_index_.find(words_, word); id != TokenTable::kNone) {
      ids.push_back(id);
      return;
    }
  }
  thread_local std::vector<int32_t> symbols;
  initial_symbols(word, symbols);
  if (symbols.size() <= kShortWord) {
    merge_short(symbols);
  } else {
    merge_long(symbols);
  }
  ids.insert(ids.end(), symbols.begin(), symbols.end());
  if (symbols.capacity() > (1 << 20)) symbols = {};  // do not keep the memory of a monster word
}

void BpeModel::initial_symbols(std::string_view word, std::vector<int32_t>& symbols) const {
  symbols.clear();
  bool unknown_run = false;
  for (const char c : word) {
    const int32_t id = byte_ids_[static_cast<unsigned char>(c)];
    if (id != TokenTable::kNone) {
      symbols.push_back(id);
      unknown_run = false;
    } else if (unknown_ != TokenTable::kNone) {
      if (!(fuse_unknown_ && unknown_run)) symbols.push_back(unknown_);
      unknown_run = true;
    }
  }
}

void BpeModel::merge_short(std::vector<int32_t>& symbols) const {
  size_t n = symbols.size();
  if (n < 2) return;
  std::array<MergeTable::Merge, kShortWord> merges;  // of symbols i and i + 1
  for (size_t i = 0; i + 1 < n; ++i) merges[i] = merges_.find(symbols[i], symbols[i + 1]);
  while (n > 1) {
    size_t best = 0;
    for (size_t i = 1; i + 1 < n; ++i) {
      if (merges[i].rank < merges[best].rank) best = i;
    }
    if (merges[best].rank == MergeTable::kNoRank) break;
    symbols[best] = merges[best].id;
    std::copy(symbols.begin() + static_cast<ptrdiff_t>(best) + 2,
              symbols.begin() + static_cast<ptrdiff_t>(n),
              symbols.begin() + static_cast<ptrdiff_t>(best) + 1);
    --n;
    std::copy(merges.begin() + best + 1, merges.begin() + n, merges.begin() + best);
    if (best + 1 < n) merges[best] = merges_.find(symbols[best], symbols[best + 1]);
    if (best > 0) merges[best - 1] = merges_.find(symbols[best - 1], symbols[best]);
  }
  symbols.resize(n);
}

void BpeModel::merge_long(std::vector<int32_t>& symbols) const {
  struct Node {
    int64_t previous, next;   // -1: none
    MergeTable::Merge merge;  // with the next; no rank once the node is gone
  };
  struct Candidate {
    int32_t rank;
    int64_t position;
    bool operator>(const Candidate& other) const {
      return rank != other.rank ? rank > other.rank : position > other.position;
    }
  };
  const auto n = static_cast<int64_t>(symbols.size());
  std::vector<Node> nodes(symbols.size());
  std::vector<Candidate> initial;
  const auto at = [&](int64_t i) -> Node& { return nodes[static_cast<size_t>(i)]; };
  const auto symbol = [&](int64_t i) -> int32_t& { return symbols[static_cast<size_t>(i)]; };
  for (int64_t i = 0; i < n; ++i) {
    at(i) = {i - 1, i + 1 < n ? i + 1 : -1, {}};
    if (i + 1 < n) at(i).merge = merges_.find(symbol(i), symbol(i + 1));
    if (at(i).merge.rank != MergeTable::kNoRank) initial.push_back({at(i).merge.rank, i});
  }
  std::priority_queue<Candidate, std::vector<Candidate>, std::greater<>> queue(std::greater<>{},
                                                                               std::move(initial));
  const auto refresh = [&](int64_t i) {
    at(i).merge =
        at(i).next < 0 ? MergeTable::Merge{} : merges_.find(symbol(i), symbol(at(i).next));
    if (at(i).merge.rank != MergeTable::kNoRank) queue.push({at(i).merge.rank, i});
  };
  while (!queue.empty()) {
    const auto [rank, i] = queue.top();
    queue.pop();
    // A candidate whose pair has changed meanwhile; the new pair, if any, has its own.
    if (at(i).merge.rank != rank) continue;
    symbol(i) = at(i).merge.id;
    const int64_t gone = at(i).next;
    at(gone).merge = {};
    at(i).next = at(gone).next;
    if (at(i).next >= 0) at(at(i).next).previous = i;
    refresh(i);
    if (at(i).previous >= 0) refresh(at(i).previous);
  }
  size_t kept = 0;
  for (int64_t i = 0; i >= 0; i = at(i).next) symbols[kept++] = symbol(i);
  symbols.resize(kept);
}

}  // namespace fundi::text
