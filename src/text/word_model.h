#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "text/json_reader.h"
#include "text/token_table.h"

namespace fundi::text {

// The vocabulary of a tokenizer.json: its model's tokens, then its added ones.
struct Vocabulary {
  TokenTable spelled;  // as the file writes them
  TokenIndex by_spelling;
};

// Turns one word into ids. Immutable and shared between threads.
class WordModel {
 public:
  virtual ~WordModel() = default;
  // Appends the ids of `word`, raw UTF-8 bytes.
  virtual void encode(std::string_view word, std::vector<int32_t>& ids) const = 0;
};

// Reads "model" of tokenizer.json: fills `vocabulary` and makes the model of its type. The list of
// types is in word_model.cc. Throws kUnsupported, kCorruptData naming the key.
std::unique_ptr<WordModel> parse_word_model(const JsonReader& json, Vocabulary& vocabulary);

// Adds a token, checking the id's range and that neither id nor text is taken; `where` names it.
void add_to_vocabulary(Vocabulary& vocabulary, std::string_view token, int64_t id,
                       size_t token_count, const JsonReader& where);

// One a file. Byte-level byte pair encoding (Sennrich et al. 2016, arXiv:1508.07909).
std::unique_ptr<WordModel> parse_bpe(const JsonReader& json, Vocabulary& vocabulary);

}  // namespace fundi::text
