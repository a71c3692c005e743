#include "text/tokenizer.h"

#include "base/error.h"
#include "base/files.h"
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
  auto tokenizer = read_if_present(directory / "tokenizer.json");
  if (!tokenizer) {
    fail(ErrorCode::kNotFound,
         "{}: no such file; a tokenizer is a folder with tokenizer.json as Hugging Face "
         "tokenizers writes it",
         (directory / "tokenizer.json").string());
  }
  return make_tokenizer({.origin = directory.string(),
                         .tokenizer_json = std::move(*tokenizer),
                         .config = read_if_present(directory / "tokenizer_config.json"),
                         .special_map = read_if_present(directory / "special_tokens_map.json"),
                         .template_text = read_if_present(directory / "chat_template.jinja")});
}

std::string StreamDecoder::push(int32_t id) {
  pending_ += tokenizer_.token_bytes(id);
  const size_t whole = pending_.size() - unfinished_utf8_suffix(pending_);
  std::string text = replace_invalid_utf8(std::string_view(pending_).substr(0, whole));
  pending_.erase(0, whole);
  return text;
}

std::string StreamDecoder::finish() {
  std::string text = replace_invalid_utf8(pending_);
  pending_.clear();
  return text;
}

}  // namespace fundi::text
