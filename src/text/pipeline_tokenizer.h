#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "text/added_tokens.h"
#include "text/decoder.h"
#include "text/models/word_model.h"
#include "text/normalizer.h"
#include "text/post_processor.h"
#include "text/pre_tokenizer.h"
#include "text/tokenizer.h"
#include "text/tokenizer_roles.h"

namespace fundi::text {

// What a tokenizer is made of, whatever file it comes from.
struct TokenizerParts {
  Vocabulary vocabulary;
  Normalizer normalizer;
  PreTokenizer pre_tokenizer;
  std::unique_ptr<WordModel> model;
  AddedTokens added;
  PostProcessor post_processor;
  Decoder decoder;
};

// Where a tokenizer comes from, and how it is written again. Immutable.
class TokenizerSource {
 public:
  virtual ~TokenizerSource() = default;
  virtual std::string name() const = 0;  // begins error messages: a folder, "trained"
  // As Tokenizer::save, into a folder that exists.
  virtual void save(const Tokenizer& tokenizer, const std::filesystem::path& directory) const = 0;
  virtual GgufVocabulary gguf_vocabulary(const Tokenizer& tokenizer) const = 0;
};

// The parts put together:
//   text -> added tokens cut out -> normaliser -> pre-tokenizer -> model -> post-processor -> ids
class PipelineTokenizer : public Tokenizer {
 public:
  PipelineTokenizer(TokenizerParts parts, TokenizerRoles roles,
                    std::shared_ptr<const TokenizerSource> source);

  std::vector<int32_t> encode(std::string_view text, bool add_special_tokens,
                              bool allow_special) const override;
  std::string decode(std::span<const int32_t> ids, bool skip_special) const override;
  std::string token_bytes(int32_t id) const override;
  std::unique_ptr<TokenStream> start_stream() const override;
  int32_t vocab_size() const override { return parts_.vocabulary.spelled.size(); }
  std::optional<int32_t> token_id(std::string_view token) const override;
  std::string token(int32_t id) const override;
  bool is_special(int32_t id) const override;
  std::optional<int32_t> bos_id() const override { return roles_.bos; }
  std::optional<int32_t> eos_id() const override { return roles_.eos; }
  std::optional<int32_t> pad_id() const override { return roles_.pad; }
  std::optional<std::string> chat_template() const override { return roles_.chat_template; }
  void save(const std::filesystem::path& directory) const override;
  GgufVocabulary gguf_vocabulary() const override;

 private:
  class Stream;

  void build_bytes();
  void encode_section(const TextPiece& section, bool allow_special,
                      std::vector<int32_t>& ids) const;
  // The string that decoders are given for an id; nothing for ids that decode to nothing.
  std::optional<std::string_view> decoder_input(int32_t id, bool skip_special) const;

  TokenizerParts parts_;
  TokenizerRoles roles_;
  std::shared_ptr<const TokenizerSource> source_;
  TokenTable bytes_;  // what each id decodes to, where decoding is a matter of bytes only
};

}  // namespace fundi::text
