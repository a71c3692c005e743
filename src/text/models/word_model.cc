#include "text/models/word_model.h"

#include <atomic>

#include "base/error.h"
#include "text/models/word_cache.h"

namespace fundi::text {
namespace {

// Tables are dense: a small file must not make them huge by one large id.
constexpr int64_t kMaxGaps = 1'000'000;
constexpr size_t kMaxTokenBytes = 1 << 16;

}  // namespace

void add_to_vocabulary(Vocabulary& vocabulary, std::string_view token, int64_t id,
                       size_t token_count, const std::string& where) {
  if (id < 0 || id >= static_cast<int64_t>(token_count) + kMaxGaps) {
    fail(ErrorCode::kCorruptData, "{}: token '{}' has the id {}, outside 0 to {}", where,
         token.substr(0, 80), id, static_cast<int64_t>(token_count) + kMaxGaps - 1);
  }
  if (token.size() > kMaxTokenBytes) {
    fail(ErrorCode::kCorruptData, "{}: the token with id {} has {} bytes; at most {} are allowed",
         where, id, token.size(), kMaxTokenBytes);
  }
  const auto small_id = static_cast<int32_t>(id);
  if (vocabulary.spelled.has(small_id)) {
    fail(ErrorCode::kCorruptData, "{}: tokens '{}' and '{}' have the same id {}", where,
         vocabulary.spelled.at(small_id).substr(0, 80), token.substr(0, 80), id);
  }
  vocabulary.spelled.set(small_id, token);
  if (!vocabulary.by_spelling.insert(vocabulary.spelled, small_id)) {
    fail(ErrorCode::kCorruptData, "{}: token '{}' stands twice in the vocabulary", where,
         token.substr(0, 80));
  }
}

void add_to_vocabulary(Vocabulary& vocabulary, const JsonReader& tokens) {
  const size_t count = tokens.size();
  const std::string where = tokens.where();
  tokens.each_member([&](std::string_view token, const JsonReader& id) {
    add_to_vocabulary(vocabulary, token, id.integer(), count, where);
  });
}

std::vector<int32_t> byte_tokens(const Vocabulary& vocabulary) {
  std::vector<int32_t> ids;
  for (int byte = 0; byte < 256; ++byte) {
    ids.push_back(vocabulary.find(fmt::format("<0x{:02X}>", byte)));
  }
  return ids;
}

bool append_byte_tokens(std::string_view bytes, std::span<const int32_t> byte_ids,
                        std::vector<int32_t>& ids) {
  if (byte_ids.empty()) return false;
  const size_t before = ids.size();
  for (const char byte : bytes) {
    const int32_t id = byte_ids[static_cast<unsigned char>(byte)];
    if (id == TokenTable::kNone) {
      ids.resize(before);
      return false;
    }
    ids.push_back(id);
  }
  return true;
}

int byte_of_token(std::string_view token) {
  if (token.size() != 6 || !token.starts_with("<0x") || token[5] != '>') return -1;
  int byte = 0;
  for (const char c : token.substr(3, 2)) {
    if (std::isxdigit(static_cast<unsigned char>(c)) == 0) return -1;
    byte = byte * 16 + (c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
  }
  return byte;
}

uint32_t CachedWordModel::next_instance() {
  static std::atomic<uint32_t> counter{0};
  uint32_t instance = 0;
  while (instance == 0) instance = ++counter;
  return instance;
}

void CachedWordModel::encode(std::string_view word, std::vector<int32_t>& ids) const {
  if (!WordCache::cacheable(word)) return encode_anew(word, ids);
  WordCache& cache = WordCache::of_this_thread();
  const WordCache::Key key = WordCache::key(word, instance_);
  if (cache.find(key, ids)) return;
  const size_t before = ids.size();
  encode_anew(word, ids);
  cache.put(key, std::span(ids).subspan(before));
}

}  // namespace fundi::text
