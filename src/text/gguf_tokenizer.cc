#include <algorithm>

#include "base/error.h"
#include "base/files.h"
#include "base/text.h"
#include "text/gguf_pre_tokenizers.h"
#include "text/gguf_vocabulary.h"
#include "text/models/scored_bpe.h"
#include "text/sentencepiece/document.h"
#include "text/tokenizer_json.h"
#include "text/tokenizer_writer.h"

namespace fundi::text {
namespace {

constexpr size_t kMaxTokens = 1 << 24;

void check(const GgufVocabulary& v, const std::string& origin) {
  const auto size_matches = [&](size_t size, const char* key) {
    if (size != 0 && size != v.tokens.size()) {
      fail(ErrorCode::kCorruptData, "{}: tokenizer.ggml.{} has {} entries for {} tokens", origin,
           key, size, v.tokens.size());
    }
  };
  if (v.tokens.empty() || v.tokens.size() > kMaxTokens) {
    fail(ErrorCode::kCorruptData, "{}: tokenizer.ggml.tokens has {} entries; 1 to {} are allowed",
         origin, v.tokens.size(), kMaxTokens);
  }
  size_matches(v.scores.size(), "scores");
  size_matches(v.token_types.size(), "token_type");
  for (size_t i = 0; i < v.tokens.size(); ++i) {
    if (find_invalid_utf8(v.tokens[i]) != std::string::npos) {
      fail(ErrorCode::kCorruptData, "{}: tokenizer.ggml.tokens[{}] is not valid UTF-8", origin, i);
    }
  }
  for (const auto& [id, key] :
       {std::pair{v.bos_id, "bos"}, {v.eos_id, "eos"}, {v.eot_id, "eot"},
        {v.unknown_id, "unknown"}, {v.padding_id, "padding"}}) {
    if (id && (*id < 0 || static_cast<size_t>(*id) >= v.tokens.size())) {
      fail(ErrorCode::kCorruptData, "{}: tokenizer.ggml.{}_token_id {} is no token's id", origin,
           key, *id);
    }
  }
}

GgufTokenType type_of(const GgufVocabulary& v, size_t id) {
  return v.token_types.empty() ? GgufTokenType::kNormal : v.token_types[id];
}

// Control tokens and the like are cut out of the text first; those that users defined always.
std::vector<AddedToken> added_tokens(const GgufVocabulary& v) {
  std::vector<AddedToken> added;
  for (size_t i = 0; i < v.tokens.size(); ++i) {
    const GgufTokenType type = type_of(v, i);
    const bool special = type == GgufTokenType::kControl || type == GgufTokenType::kUnknown;
    if (v.tokens[i].empty() || (!special && type != GgufTokenType::kUserDefined)) continue;
    added.push_back({.id = static_cast<int32_t>(i),
                     .content = v.tokens[i],
                     .special = special,
                     .decoded = {}});
  }
  return added;
}

std::string_view token_of(const GgufVocabulary& v, std::optional<int32_t> id) {
  return id ? std::string_view(v.tokens[static_cast<size_t>(*id)]) : std::string_view();
}

Json post_processor(const GgufVocabulary& v, bool add_bos_default) {
  const auto bos = v.add_bos.value_or(add_bos_default) ? v.bos_id : std::nullopt;
  const auto eos = v.add_eos.value_or(false) ? v.eos_id : std::nullopt;
  return template_json(token_of(v, bos), bos.value_or(0), token_of(v, eos), eos.value_or(0));
}

// Byte-level BPE is what a tokenizer.json can say.
std::string bpe_document(const GgufVocabulary& v, const std::string& origin) {
  const GgufPreTokenizer* const kind = find_gguf_pre_tokenizer(v.pre);
  if (kind == nullptr) {
    fail(ErrorCode::kUnsupported, "{}: tokenizer.ggml.pre '{}' is not supported; supported are {}",
         origin, v.pre, gguf_pre_tokenizer_names());
  }
  TokenizerDocument document;
  document.added = added_tokens(v);
  Json steps = Json::array();
  for (const std::string_view expression : kind->expressions) {
    steps.push_back(isolated_split_json(expression));
  }
  steps.push_back(byte_level_json(false, true, false));
  document.pre_tokenizer = {{"type", "Sequence"}, {"pretokenizers", std::move(steps)}};
  document.post_processor = post_processor(v, kind->add_bos);
  document.decoder = byte_level_json(true, true, true);
  document.model = bpe_settings_json();
  document.model["ignore_merges"] = kind->ignore_merges;
  document.tokens.assign(v.tokens.begin(), v.tokens.end());
  for (size_t i = 0; i < v.merges.size(); ++i) {
    const std::string_view merge = v.merges[i];
    const size_t space = merge.find(' ', 1);
    if (space == std::string_view::npos || find_invalid_utf8(merge) != std::string_view::npos) {
      fail(ErrorCode::kCorruptData, "{}: tokenizer.ggml.merges[{}] must be two tokens", origin, i);
    }
    document.merges.emplace_back(merge.substr(0, space), merge.substr(space + 1));
  }
  return write_tokenizer_json(document);
}

ScoredPieces scored_pieces(const GgufVocabulary& v) {
  ScoredPieces pieces;
  pieces.scores = v.scores.empty() ? std::vector<float>(v.tokens.size()) : v.scores;
  // Unlike SentencePiece, llama.cpp joins characters to tokens of any type.
  pieces.joins.assign(v.tokens.size(), true);
  return pieces;
}

Vocabulary vocabulary_of(const GgufVocabulary& v, const std::string& origin) {
  Vocabulary vocabulary;
  for (size_t i = 0; i < v.tokens.size(); ++i) {
    const std::string empty = fmt::format("[EMPTY_{}]", i);  // as llama.cpp names them
    add_to_vocabulary(vocabulary, v.tokens[i].empty() ? empty : v.tokens[i],
                      static_cast<int64_t>(i), v.tokens.size(),
                      origin + ": tokenizer.ggml.tokens");
  }
  return vocabulary;
}

class GgufSource : public TokenizerSource {
 public:
  GgufSource(GgufVocabulary vocabulary, std::string origin)
      : vocabulary_(std::move(vocabulary)), origin_(std::move(origin)) {}
  std::string name() const override { return origin_; }
  GgufVocabulary gguf_vocabulary(const Tokenizer&) const override { return vocabulary_; }
  void save(const Tokenizer& tokenizer, const std::filesystem::path& directory) const override {
    write_file_atomic(directory / "tokenizer.json", document());
    save_roles(tokenizer, {}, directory);
  }
  std::string document() const {
    if (vocabulary_.model == "gpt2") return bpe_document(vocabulary_, origin_);
    const Vocabulary vocabulary = vocabulary_of(vocabulary_, origin_);
    const bool prefix = vocabulary_.add_space_prefix.value_or(true);
    TokenizerDocument document;
    document.added = added_tokens(vocabulary_);
    document.normalizer = space_normalizer_json(prefix);
    document.decoder = space_decoder_json(prefix);
    document.post_processor = post_processor(vocabulary_, true);
    add_scored_model(vocabulary, scored_pieces(vocabulary_),
                     token_of(vocabulary_, vocabulary_.unknown_id), document);
    return write_tokenizer_json(document);
  }

 private:
  GgufVocabulary vocabulary_;
  std::string origin_;
};

TokenizerParts scored_parts(const GgufVocabulary& v, const std::string& origin) {
  const bool prefix = v.add_space_prefix.value_or(true);
  TokenizerParts parts;
  parts.vocabulary = vocabulary_of(v, origin);
  parts.normalizer = normalizer_of(space_normalizer_json(prefix));
  parts.decoder = decoder_of(space_decoder_json(prefix));
  parts.model = std::make_unique<ScoredBpe>(
      scored_pieces(v),
      ScoredBpe::Options{.user_defined = {},
                         .byte_ids = byte_tokens(parts.vocabulary),
                         .unknown = v.unknown_id.value_or(TokenTable::kNone),
                         .fuse_unknown = false},
      parts.vocabulary);
  for (AddedToken& token : added_tokens(v)) parts.added.add(std::move(token), parts.normalizer);
  if (v.add_bos.value_or(true) && v.bos_id) parts.post_processor.prefix = {*v.bos_id};
  if (v.add_eos.value_or(false) && v.eos_id) parts.post_processor.suffix = {*v.eos_id};
  return parts;
}

}  // namespace

std::shared_ptr<const Tokenizer> make_gguf_tokenizer(GgufVocabulary vocabulary,
                                                     const std::string& origin) {
  check(vocabulary, origin);
  if (vocabulary.model == "llama" && vocabulary.tokens.size() > 2) {
    // llama.cpp's defaults.
    if (!vocabulary.bos_id) vocabulary.bos_id = 1;
    if (!vocabulary.eos_id) vocabulary.eos_id = 2;
    if (!vocabulary.unknown_id) vocabulary.unknown_id = 0;
  }
  TokenizerParts parts;
  if (vocabulary.model == "gpt2") {
    parts = parse_tokenizer_json(bpe_document(vocabulary, origin), origin);
  } else if (vocabulary.model == "llama") {
    parts = scored_parts(vocabulary, origin);
  } else {
    fail(ErrorCode::kUnsupported,
         "{}: tokenizer.ggml.model '{}' is not supported; supported are llama and gpt2", origin,
         vocabulary.model);
  }
  TokenizerRoles roles{.bos = vocabulary.bos_id,
                       .eos = vocabulary.eos_id,
                       .pad = vocabulary.padding_id,
                       .add_bos = vocabulary.add_bos,
                       .add_eos = vocabulary.add_eos,
                       .chat_template = vocabulary.chat_template};
  return std::make_shared<PipelineTokenizer>(
      std::move(parts), std::move(roles),
      std::make_shared<GgufSource>(std::move(vocabulary), origin));
}

}  // namespace fundi::text
