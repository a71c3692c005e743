#include "text/pipeline_tokenizer.h"

#include "base/error.h"
#include "base/text.h"
#include "text/byte_alphabet.h"
#include "text/gguf_vocabulary.h"
#include "text/utf8.h"

namespace fundi::text {

PipelineTokenizer::PipelineTokenizer(TokenizerParts parts, TokenizerRoles roles,
                                     std::shared_ptr<const TokenizerSource> source)
    : parts_(std::move(parts)), roles_(std::move(roles)), source_(std::move(source)) {
  if (parts_.decoder.only_byte_level()) build_bytes();
}

void PipelineTokenizer::build_bytes() {
  for (int32_t id = 0; id < vocab_size(); ++id) {
    const auto input = decoder_input(id, false);
    if (!input) continue;
    // Text outside the alphabet stands for itself.
    const auto bytes = unspell_bytes(*input);
    bytes_.set(id, bytes ? *bytes : *input);
  }
}

std::vector<int32_t> PipelineTokenizer::encode(std::string_view text, bool add_special_tokens,
                                               bool allow_special) const {
  std::vector<int32_t> ids;
  ids.reserve(text.size() / 4 + 8);
  if (add_special_tokens) ids = parts_.post_processor.prefix;
  std::string repaired;
  if (find_invalid_utf8(text) != std::string_view::npos) {
    repaired = replace_invalid_utf8(text);
    text = repaired;
  }
  for (const auto& piece : parts_.added.cut(text, false, allow_special)) {
    const bool at_origin = piece.text.data() == text.data();
    if (piece.id >= 0) {
      ids.push_back(piece.id);
    } else if (parts_.normalizer.identity()) {
      encode_section({piece.text, at_origin}, allow_special, ids);
    } else {
      NormalizedText normalized{std::string(piece.text), at_origin};
      parts_.normalizer.apply(normalized);
      encode_section({normalized.text, normalized.at_origin}, allow_special, ids);
    }
  }
  if (add_special_tokens) {
    ids.insert(ids.end(), parts_.post_processor.suffix.begin(), parts_.post_processor.suffix.end());
  }
  return ids;
}

void PipelineTokenizer::encode_section(const TextPiece& section, bool allow_special,
                                       std::vector<int32_t>& ids) const {
  const auto encode_word = [&](std::string_view word) { parts_.model->encode(word, ids); };
  if (!parts_.added.any(true)) return parts_.pre_tokenizer.split(section, encode_word);
  for (const auto& piece : parts_.added.cut(section.text, true, allow_special)) {
    if (piece.id >= 0) {
      ids.push_back(piece.id);
    } else {
      const bool begins = piece.text.data() == section.text.data();
      parts_.pre_tokenizer.split({piece.text, section.at_origin && begins}, encode_word);
    }
  }
}

std::optional<std::string_view> PipelineTokenizer::decoder_input(int32_t id,
                                                                 bool skip_special) const {
  if (const AddedToken* const added = parts_.added.find(id)) {
    // Hugging Face tokenizers knows special tokens by their text, so that it keeps those which the
    // normaliser changed.
    if (skip_special && added->special && added->decoded == added->content) return std::nullopt;
    return added->decoded;
  }
  if (!parts_.vocabulary.spelled.has(id)) return std::nullopt;
  return parts_.vocabulary.spelled.at(id);
}

std::string PipelineTokenizer::decode(std::span<const int32_t> ids, bool skip_special) const {
  std::string text;
  if (parts_.decoder.only_byte_level()) {
    for (const int32_t id : ids) {
      if (bytes_.has(id) && decoder_input(id, skip_special)) text.append(bytes_.at(id));
    }
    if (find_invalid_utf8(text) == std::string_view::npos) return text;
    return replace_invalid_utf8(text);
  }
  DecoderStream stream = parts_.decoder.start(false);
  for (const int32_t id : ids) {
    if (const auto input = decoder_input(id, skip_special)) stream.push(std::string(*input), text);
  }
  stream.finish(text);
  return text;
}

std::string PipelineTokenizer::token_bytes(int32_t id) const {
  const auto input = decoder_input(id, true);
  if (!input || is_special(id)) return {};
  if (bytes_.has(id)) return std::string(bytes_.at(id));
  return parts_.decoder.inner(*input);
}

class PipelineTokenizer::Stream : public TokenStream {
 public:
  explicit Stream(const PipelineTokenizer& tokenizer)
      : tokenizer_(tokenizer), stream_(tokenizer.parts_.decoder.start(true)) {}
  std::string push(int32_t id) override {
    std::string text;
    if (const auto input = tokenizer_.decoder_input(id, true)) {
      stream_.push(std::string(*input), text);
    }
    return text;
  }
  std::string finish() override {
    std::string text;
    stream_.finish(text);
    return text;
  }

 private:
  const PipelineTokenizer& tokenizer_;
  DecoderStream stream_;
};

std::unique_ptr<TokenStream> PipelineTokenizer::start_stream() const {
  if (parts_.decoder.only_byte_level()) return Tokenizer::start_stream();
  return std::make_unique<Stream>(*this);
}

std::optional<int32_t> PipelineTokenizer::token_id(std::string_view token) const {
  const int32_t id = parts_.vocabulary.find(token);
  return id == TokenTable::kNone ? std::nullopt : std::optional(id);
}

std::string PipelineTokenizer::token(int32_t id) const {
  if (!parts_.vocabulary.spelled.has(id)) {
    fail(ErrorCode::kInvalidArgument, "{}: no token has the id {}", source_->name(), id);
  }
  return std::string(parts_.vocabulary.spelled.at(id));
}

bool PipelineTokenizer::is_special(int32_t id) const {
  const AddedToken* const token = parts_.added.find(id);
  return token != nullptr && token->special;
}

GgufVocabulary PipelineTokenizer::gguf_vocabulary() const {
  return source_->gguf_vocabulary(*this);
}

void PipelineTokenizer::save(const std::filesystem::path& directory) const {
  if (!std::filesystem::is_directory(directory)) {
    fail(ErrorCode::kNotFound, "{}: not a folder; create it before saving a tokenizer there",
         directory.string());
  }
  source_->save(*this, directory);
}

}  // namespace fundi::text
