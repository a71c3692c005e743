#include "base/error.h"
#include "text/byte_trie.h"
#include "text/models/word_model.h"

namespace fundi::text {
namespace {

class WordLevel : public WordModel {
 public:
  WordLevel(const JsonReader& json, Vocabulary& vocabulary) {
    add_to_vocabulary(vocabulary, json.child("vocab"));
    for (int32_t id = 0; id < vocabulary.spelled.size(); ++id) {
      if (vocabulary.spelled.has(id) && !vocabulary.spelled.at(id).empty()) {
        words_.insert(vocabulary.spelled.at(id), id);
      }
    }
    unknown_ = vocabulary.find(json.string("unk_token", "<unk>"));
  }

  void encode(std::string_view word, std::vector<int32_t>& ids) const override {
    const int32_t id = words_.find(word);
    if (id == ByteTrie::kNone && unknown_ == TokenTable::kNone) {
      fail(ErrorCode::kInvalidArgument,
           "the tokenizer has no token for the word '{}', nor one for the unknown",
           word.substr(0, 80));
    }
    ids.push_back(id == ByteTrie::kNone ? unknown_ : id);
  }

 private:
  ByteTrie words_;
  int32_t unknown_;
};

}  // namespace

std::unique_ptr<WordModel> parse_word_level(const JsonReader& json, bool, Vocabulary& vocabulary) {
  return std::make_unique<WordLevel>(json, vocabulary);
}

}  // namespace fundi::text
