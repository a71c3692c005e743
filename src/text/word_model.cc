#include "text/word_model.h"

#include "base/error.h"

namespace fundi::text {
namespace {

// Tables are dense: a small file must not make them huge by one large id.
constexpr int64_t kMaxGaps = 1'000'000;
constexpr size_t kMaxTokenBytes = 1 << 16;

}  // namespace

std::unique_ptr<WordModel> parse_word_model(const JsonReader& json, Vocabulary& vocabulary) {
  // Old files leave the type out; they are told apart by having merges.
  const std::string_view type = json.string("type", json.has("merges") ? "BPE" : "");
  if (type == "BPE") return parse_bpe(json, vocabulary);
  json.unsupported(fmt::format("model type '{}' is not supported; supported is BPE", type));
}

void add_to_vocabulary(Vocabulary& vocabulary, std::string_view token, int64_t id,
                       size_t token_count, const JsonReader& where) {
  if (id < 0 || id >= static_cast<int64_t>(token_count) + kMaxGaps) {
    where.corrupt(fmt::format("token '{}' has the id {}, outside 0 to {}", token.substr(0, 80), id,
                              static_cast<int64_t>(token_count) + kMaxGaps - 1));
  }
  if (token.size() > kMaxTokenBytes) {
    where.corrupt(fmt::format("the token with id {} has {} bytes; at most {} are allowed", id,
                              token.size(), kMaxTokenBytes));
  }
  const auto small_id = static_cast<int32_t>(id);
  if (vocabulary.spelled.has(small_id)) {
    where.corrupt(fmt::format("tokens '{}' and '{}' have the same id {}",
                              vocabulary.spelled.at(small_id).substr(0, 80), token.substr(0, 80),
                              id));
  }
  vocabulary.spelled.set(small_id, token);
  if (!vocabulary.by_spelling.insert(vocabulary.spelled, small_id)) {
    where.corrupt(fmt::format("token '{}' stands twice in the vocabulary", token.substr(0, 80)));
  }
}

}  // namespace fundi::text
