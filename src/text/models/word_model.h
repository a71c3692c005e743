#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "text/json_reader.h"
#include "text/token_table.h"

namespace fundi::text {

// The vocabulary of a tokenizer: its model's tokens, then its added ones.
struct Vocabulary {
  TokenTable spelled;  // as the file writes them
  TokenIndex by_spelling;

  int32_t find(std::string_view token) const { return by_spelling.find(spelled, token); }
};

// Turns one word into ids. Immutable and shared between threads.
class WordModel {
 public:
  virtual ~WordModel() = default;
  // Appends the ids of `word`, well-formed UTF-8.
  virtual void encode(std::string_view word, std::vector<int32_t>& ids) const = 0;
  // Whether it takes the bytes of a word where its vocabulary is written in the byte alphabet.
  virtual bool reads_raw_bytes() const { return false; }
};

// A model that remembers the short words it met lately.
class CachedWordModel : public WordModel {
 public:
  void encode(std::string_view word, std::vector<int32_t>& ids) const override;

 protected:
  virtual void encode_anew(std::string_view word, std::vector<int32_t>& ids) const = 0;

 private:
  uint32_t instance_ = next_instance();  // tells the entries of the threads' caches apart
  static uint32_t next_instance();
};

// Reads "model" of tokenizer.json: fills `vocabulary` and makes the model of its type. The list of
// types is in all.cc. `byte_level`: words come out of a ByteLevel pre-tokenizer. Throws
// kUnsupported, kCorruptData naming the key.
std::unique_ptr<WordModel> parse_word_model(const JsonReader& json, bool byte_level,
                                            Vocabulary& vocabulary);

// Adds a token, checking its length, the id's range and that neither id nor text is taken. Throws
// kCorruptData beginning with `where`.
void add_to_vocabulary(Vocabulary& vocabulary, std::string_view token, int64_t id,
                       size_t token_count, const std::string& where);
// Adds {"token": id, ...}.
void add_to_vocabulary(Vocabulary& vocabulary, const JsonReader& tokens);

// Byte fallback: tokens "<0x00>" to "<0xFF>" spell what has no token of its own.
// Their ids by byte; TokenTable::kNone for those that are absent.
std::vector<int32_t> byte_tokens(const Vocabulary& vocabulary);
// The byte that a token spelled so stands for, or -1.
int byte_of_token(std::string_view token);
// Appends the tokens of all bytes; returns false, having added nothing, where one has none or
// byte_ids is empty.
bool append_byte_tokens(std::string_view bytes, std::span<const int32_t> byte_ids,
                        std::vector<int32_t>& ids);

using WordModelMaker = std::unique_ptr<WordModel>(const JsonReader& json, bool byte_level,
                                                  Vocabulary& vocabulary);
// Byte pair encoding (Sennrich et al. 2016, arXiv:1508.07909).
WordModelMaker parse_bpe;
// The unigram language model (Kudo 2018, arXiv:1804.10959).
WordModelMaker parse_unigram;
// The longest known piece first, as BERT does (Wu et al. 2016, arXiv:1609.08144).
WordModelMaker parse_word_piece;
// Whole words only.
WordModelMaker parse_word_level;

}  // namespace fundi::text
