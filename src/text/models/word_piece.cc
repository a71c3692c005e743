#include "base/error.h"
#include "text/byte_trie.h"
#include "text/models/word_model.h"

namespace fundi::text {
namespace {

class WordPiece : public CachedWordModel {
 public:
  WordPiece(const JsonReader& json, Vocabulary& vocabulary)
      : max_characters_(json.integer("max_input_chars_per_word", 100)) {
    const std::string_view prefix = json.string("continuing_subword_prefix", "##");
    add_to_vocabulary(vocabulary, json.child("vocab"));
    for (int32_t id = 0; id < vocabulary.spelled.size(); ++id) {
      if (!vocabulary.spelled.has(id)) continue;
      const std::string_view token = vocabulary.spelled.at(id);
      if (!token.empty()) first_.insert(token, id);
      if (token.size() > prefix.size() && token.starts_with(prefix)) {
        continuing_.insert(token.substr(prefix.size()), id);
      }
    }
    const std::string_view unknown = json.string("unk_token", "[UNK]");
    unknown_ = vocabulary.find(unknown);
    if (unknown_ == TokenTable::kNone) {
      json.corrupt(fmt::format("the unknown token '{}' is not in the vocabulary", unknown));
    }
  }

 protected:
  void encode_anew(std::string_view word, std::vector<int32_t>& ids) const override {
    if (characters(word) > max_characters_) return ids.push_back(unknown_);
    const size_t before = ids.size();
    for (size_t pos = 0; pos < word.size();) {
      const auto piece = (pos == 0 ? first_ : continuing_).longest_prefix(word.substr(pos));
      if (piece.value == ByteTrie::kNone) {
        // One bad part makes the whole word unknown.
        ids.resize(before);
        return ids.push_back(unknown_);
      }
      ids.push_back(piece.value);
      pos += piece.length;
    }
  }

 private:
  static int64_t characters(std::string_view word) {
    int64_t count = 0;
    for (const char c : word) count += (static_cast<unsigned char>(c) & 0xC0) != 0x80 ? 1 : 0;
    return count;
  }

  int64_t max_characters_;
  ByteTrie first_, continuing_;  // the latter without the prefix
  int32_t unknown_;
};

}  // namespace

std::unique_ptr<WordModel> parse_word_piece(const JsonReader& json, bool, Vocabulary& vocabulary) {
  return std::make_unique<WordPiece>(json, vocabulary);
}

}  // namespace fundi::text
