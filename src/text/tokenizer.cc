#include "text/tokenizer.h"

#include "base/error.h"
#include "base/files.h"
#include "text/gguf_vocabulary.h"
#include "text/sentencepiece/tokenizer.h"
#include "text/tokenizer_files.h"
#include "text/utf8.h"

namespace fundi::text {
namespace {

// The largest released files are near 40 MB; what is far beyond is not a tokenizer.
constexpr uintmax_t kMaxFileBytes = 512u << 20;

std::optional<std::string> read_if_present(const std::filesystem::path& path) {
  std::error_code error;
  const auto size = std::filesystem::file_size(path, error);
  if (error) return std::nullopt;
  if (size > kMaxFileBytes) {
    fail(ErrorCode::kCorruptData, "{}: {} bytes; a tokenizer file has at most {}", path.string(),
         size, kMaxFileBytes);
  }
  return read_file(path);
}

}  // namespace

std::shared_ptr<const Tokenizer> Tokenizer::load(const std::filesystem::path& directory) {
  TokenizerFiles files{.origin = directory.string(),
                       .tokenizer_json = {},
                       .config = read_if_present(directory / "tokenizer_config.json"),
                       .special_map = read_if_present(directory / "special_tokens_map.json"),
                       .template_text = read_if_present(directory / "chat_template.jinja")};
  if (auto json = read_if_present(directory / "tokenizer.json")) {
    files.tokenizer_json = std::move(*json);
    return make_tokenizer(std::move(files));
  }
  if (auto model = read_if_present(directory / "tokenizer.model")) {
    return make_sentencepiece_tokenizer(std::move(*model), std::move(files));
  }
  fail(ErrorCode::kNotFound,
       "{}: no such file; a tokenizer is a folder with tokenizer.json as Hugging Face tokenizers "
       "writes it, or with SentencePiece's tokenizer.model",
       (directory / "tokenizer.json").string());
}

namespace {

// Joins the bytes of the tokens, and holds back what may be the beginning of a character.
class ByteStream : public TokenStream {
 public:
  explicit ByteStream(const Tokenizer& tokenizer) : tokenizer_(tokenizer) {}
  std::string push(int32_t id) override {
    pending_ += tokenizer_.token_bytes(id);
    const size_t whole = pending_.size() - unfinished_utf8_suffix(pending_);
    std::string text = replace_invalid_utf8(std::string_view(pending_).substr(0, whole));
    pending_.erase(0, whole);
    return text;
  }
  std::string finish() override {
    std::string text = replace_invalid_utf8(pending_);
    pending_.clear();
    return text;
  }

 private:
  const Tokenizer& tokenizer_;
  std::string pending_;
};

}  // namespace

std::unique_ptr<TokenStream> Tokenizer::start_stream() const {
  return std::make_unique<ByteStream>(*this);
}

GgufVocabulary Tokenizer::gguf_vocabulary() const {
  fail(ErrorCode::kUnsupported, "this kind of tokenizer has no counterpart in GGUF files");
}

}  // namespace fundi::text
