#include "text/sentencepiece/tokenizer.h"

#include <algorithm>

#include "base/error.h"
#include "base/files.h"
#include "text/base64.h"
#include "text/models/scored_bpe.h"
#include "text/models/sentencepiece_unigram.h"
#include "text/sentencepiece/document.h"
#include "text/sentencepiece/model_file.h"
#include "text/sentencepiece/normalizer.h"

namespace fundi::text {
namespace {

using Model = SentencePieceModel;

bool is_normal(GgufTokenType type) {
  return type == GgufTokenType::kNormal || type == GgufTokenType::kUserDefined;
}

Vocabulary vocabulary_of(const Model& model, const std::string& where) {
  Vocabulary vocabulary;
  for (size_t id = 0; id < model.pieces.size(); ++id) {
    add_to_vocabulary(vocabulary, model.pieces[id].text, static_cast<int64_t>(id),
                      model.pieces.size(), where);
  }
  return vocabulary;
}

ScoredPieces scored_pieces(const Model& model) {
  ScoredPieces pieces;
  for (const Model::Piece& piece : model.pieces) {
    pieces.scores.push_back(piece.score);
    // Unused pieces are none at all here; SentencePiece would join larger ones by way of them.
    pieces.joins.push_back(is_normal(piece.type));
  }
  return pieces;
}

std::vector<int32_t> ids_of(const Model& model, GgufTokenType type) {
  std::vector<int32_t> ids;
  for (size_t id = 0; id < model.pieces.size(); ++id) {
    if (model.pieces[id].type == type) ids.push_back(static_cast<int32_t>(id));
  }
  return ids;
}

std::vector<AddedToken> special_tokens(const Model& model) {
  std::vector<AddedToken> tokens;
  for (size_t id = 0; id < model.pieces.size(); ++id) {
    const Model::Piece& piece = model.pieces[id];
    if (piece.type != GgufTokenType::kControl && piece.type != GgufTokenType::kUnknown) continue;
    tokens.push_back({.id = static_cast<int32_t>(id),
                      .content = piece.text,
                      .special = true,
                      .decoded = {}});
  }
  return tokens;
}

std::unique_ptr<WordModel> word_model(const Model& model, const Vocabulary& vocabulary) {
  std::vector<int32_t> byte_ids;
  if (model.byte_fallback) byte_ids = byte_tokens(vocabulary);
  if (model.type == Model::Type::kBpe) {
    return std::make_unique<ScoredBpe>(
        scored_pieces(model),
        ScoredBpe::Options{.user_defined = ids_of(model, GgufTokenType::kUserDefined),
                           .byte_ids = std::move(byte_ids),
                           .unknown = model.unknown_id,
                           .fuse_unknown = true},
        vocabulary);
  }
  std::vector<float> scores;
  std::vector<GgufTokenType> types;
  for (const Model::Piece& piece : model.pieces) {
    scores.push_back(piece.score);
    types.push_back(piece.type);
  }
  return std::make_unique<SentencePieceUnigram>(vocabulary, std::move(scores), std::move(types),
                                                model.unknown_id, std::move(byte_ids));
}

// Spaces are U+2581 inside; decoding takes the dummy prefix away again.
Json decoder_json(const Model& model) {
  return space_decoder_json(model.add_dummy_prefix && !model.whitespace_as_suffix);
}

TokenizerParts make_parts(const Model& model, const TokenizerRoles& roles, Vocabulary vocabulary,
                          const std::string& where) {
  TokenizerParts parts;
  parts.vocabulary = std::move(vocabulary);
  ByteTrie user_defined;
  for (const int32_t id : ids_of(model, GgufTokenType::kUserDefined)) {
    user_defined.insert(parts.vocabulary.spelled.at(id), id);
  }
  const SentencePieceNormalizer::Options options{
      .add_dummy_prefix = model.add_dummy_prefix,
      .remove_extra_whitespaces = model.remove_extra_whitespaces,
      .escape_whitespaces = model.escape_whitespaces,
      .whitespace_as_suffix = model.whitespace_as_suffix};
  try {
    parts.normalizer.add(std::make_shared<SentencePieceNormalizer>(
        Charsmap(model.charsmap), std::move(user_defined), options));
  } catch (const Error& error) {
    fail(error.code(), "{}: {}", where, error.what());
  }
  parts.model = word_model(model, parts.vocabulary);
  for (AddedToken& token : special_tokens(model)) {
    parts.added.add(std::move(token), parts.normalizer);
  }
  if (roles.add_bos.value_or(false) && roles.bos) parts.post_processor.prefix = {*roles.bos};
  if (roles.add_eos.value_or(false) && roles.eos) parts.post_processor.suffix = {*roles.eos};
  parts.decoder = decoder_of(decoder_json(model));
  return parts;
}

TokenizerRoles complete_roles(TokenizerRoles roles, const Model& model) {
  const auto known = [](int32_t id) { return id < 0 ? std::nullopt : std::optional(id); };
  if (!roles.bos) roles.bos = known(model.bos_id);
  if (!roles.eos) roles.eos = known(model.eos_id);
  if (!roles.pad) roles.pad = known(model.pad_id);
  if (!roles.add_bos) roles.add_bos = model.bos_id >= 0;
  if (!roles.add_eos) roles.add_eos = model.bos_id < 0;
  return roles;
}

class SentencePieceSource : public TokenizerSource {
 public:
  SentencePieceSource(std::string bytes, Model model, TokenizerRoles roles, TokenizerFiles files)
      : bytes_(std::move(bytes)),
        model_(std::move(model)),
        roles_(std::move(roles)),
        files_(std::move(files)) {}

  std::string name() const override { return files_.origin; }

  void save(const Tokenizer& tokenizer, const std::filesystem::path& directory) const override {
    write_file_atomic(directory / "tokenizer.model", bytes_);
    write_file_atomic(directory / "tokenizer.json", document(tokenizer));
    save_roles(tokenizer, files_, directory);
  }

  GgufVocabulary gguf_vocabulary(const Tokenizer&) const override {
    if (model_.type != Model::Type::kBpe) {
      fail(ErrorCode::kUnsupported, "{}: a unigram tokenizer has no counterpart in GGUF files",
           files_.origin);
    }
    GgufVocabulary v;
    v.model = "llama";
    v.pre = "default";
    for (const Model::Piece& piece : model_.pieces) {
      v.tokens.push_back(piece.text);
      v.scores.push_back(piece.score);
      v.token_types.push_back(piece.type);
    }
    v.bos_id = roles_.bos;
    v.eos_id = roles_.eos;
    v.padding_id = roles_.pad;
    v.unknown_id = model_.unknown_id;
    v.add_bos = roles_.add_bos;
    v.add_eos = roles_.add_eos;
    v.add_space_prefix = model_.add_dummy_prefix;
    v.chat_template = roles_.chat_template;
    return v;
  }

 private:
  Json normalizer() const {
    const auto replace = [](std::string_view regex, std::string_view content) {
      return Json{{"type", "Replace"}, {"pattern", {{"Regex", regex}}}, {"content", content}};
    };
    Json steps = Json::array();
    if (!model_.charsmap.empty()) {
      steps.push_back({{"type", "Precompiled"},
                       {"precompiled_charsmap", encode_base64(model_.charsmap)}});
    }
    if (model_.remove_extra_whitespaces) {
      steps.push_back(replace("\\A +| +\\z", ""));
      steps.push_back(replace(" {2,}", " "));
    }
    for (Json& step : space_normalizer_json(model_.add_dummy_prefix)["normalizers"]) {
      steps.push_back(std::move(step));
    }
    return {{"type", "Sequence"}, {"normalizers", std::move(steps)}};
  }

  std::string document(const Tokenizer& tokenizer) const {
    if (model_.whitespace_as_suffix || !model_.escape_whitespaces ||
        !ids_of(model_, GgufTokenType::kUnused).empty()) {
      fail(ErrorCode::kUnsupported,
           "{}: white space as suffix, unescaped white space and unused pieces cannot be written "
           "as tokenizer.json; copy tokenizer.model instead",
           files_.origin);
    }
    const Vocabulary vocabulary = vocabulary_of(model_, files_.origin);
    TokenizerDocument document;
    document.added = special_tokens(model_);
    for (const int32_t id : ids_of(model_, GgufTokenType::kUserDefined)) {
      document.added.push_back(
          {.id = id, .content = tokenizer.token(id), .normalized = false, .decoded = {}});
    }
    document.normalizer = normalizer();
    document.decoder = decoder_json(model_);
    document.post_processor = around(tokenizer);
    if (model_.type == Model::Type::kBpe) {
      add_scored_model(vocabulary, scored_pieces(model_), tokenizer.token(model_.unknown_id),
                       document);
      return write_tokenizer_json(document);
    }
    document.model = {{"type", "Unigram"},
                      {"unk_id", model_.unknown_id},
                      {"byte_fallback", model_.byte_fallback}};
    for (const Model::Piece& piece : model_.pieces) {
      document.tokens.push_back(piece.text);
      document.scores.push_back(piece.score);
    }
    return write_tokenizer_json(document);
  }

  Json around(const Tokenizer& tokenizer) const {
    const int32_t bos = roles_.add_bos.value_or(false) ? roles_.bos.value_or(-1) : -1;
    const int32_t eos = roles_.add_eos.value_or(false) ? roles_.eos.value_or(-1) : -1;
    return template_json(bos < 0 ? std::string() : tokenizer.token(bos), bos,
                         eos < 0 ? std::string() : tokenizer.token(eos), eos);
  }

  std::string bytes_;
  Model model_;
  TokenizerRoles roles_;
  TokenizerFiles files_;
};

}  // namespace

std::shared_ptr<const Tokenizer> make_sentencepiece_tokenizer(std::string model_bytes,
                                                              TokenizerFiles files) {
  const std::string where = files.origin + "/tokenizer.model";
  Model model = parse_sentencepiece(model_bytes, where);
  if (model.type != Model::Type::kBpe && model.type != Model::Type::kUnigram) {
    fail(ErrorCode::kUnsupported, "{}: word and character models are not supported", where);
  }
  Vocabulary vocabulary = vocabulary_of(model, where);
  TokenizerRoles roles = complete_roles(parse_roles(files, vocabulary), model);
  TokenizerParts parts = make_parts(model, roles, std::move(vocabulary), where);
  auto source = std::make_shared<SentencePieceSource>(std::move(model_bytes), std::move(model),
                                                      roles, std::move(files));
  return std::make_shared<PipelineTokenizer>(std::move(parts), std::move(roles),
                                             std::move(source));
}

}  // namespace fundi::text
