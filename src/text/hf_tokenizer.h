#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "text/added_tokens.h"
#include "text/normalizer.h"
#include "text/pre_tokenizer.h"
#include "text/tokenizer.h"
#include "text/tokenizer_files.h"
#include "text/word_model.h"

namespace fundi::text {

// A tokenizer.json put together from its parts:
//   text -> added tokens cut out -> normaliser -> pre-tokenizer -> model -> post-processor -> ids
// "truncation" and "padding" of the file are the caller's business and have no effect here.
class HfTokenizer : public Tokenizer {
 public:
  explicit HfTokenizer(TokenizerFiles files);

  std::vector<int32_t> encode(std::string_view text, bool add_special_tokens,
                              bool allow_special) const override;
  std::string decode(std::span<const int32_t> ids, bool skip_special) const override;
  std::string token_bytes(int32_t id) const override;
  int32_t vocab_size() const override { return vocabulary_.spelled.size(); }
  std::optional<int32_t> token_id(std::string_view token) const override;
  std::string token(int32_t id) const override;
  bool is_special(int32_t id) const override;
  std::optional<int32_t> bos_id() const override { return bos_; }
  std::optional<int32_t> eos_id() const override { return eos_; }
  std::optional<int32_t> pad_id() const override { return pad_; }
  std::optional<std::string> chat_template() const override { return chat_template_; }
  void save(const std::filesystem::path& directory) const override;

 private:
  void parse_tokenizer();
  void parse_post_processor(const JsonReader& json, int depth);
  void parse_template(const JsonReader& json);
  void parse_decoder(const JsonReader& json);
  // Reads roles and the template from tokenizer_config.json or special_tokens_map.json.
  void parse_config(const std::string& text, const std::string& file);
  void build_bytes();
  void encode_section(std::string_view text, bool allow_special, std::vector<int32_t>& ids) const;
  std::string config_or_default() const;
  std::string special_map_or_default() const;

  TokenizerFiles files_;
  Vocabulary vocabulary_;
  Normalizer normalizer_;
  PreTokenizer pre_tokenizer_;
  std::unique_ptr<WordModel> model_;
  AddedTokens added_;
  TokenTable bytes_;                      // what each id decodes to
  std::vector<int32_t> prefix_, suffix_;  // what the post-processor puts around the ids
  std::optional<int32_t> bos_, eos_, pad_;
  std::optional<std::string> chat_template_;
};

}  // namespace fundi::text
