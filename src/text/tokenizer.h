#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace fundi::text {

struct GgufVocabulary;

// One text coming out of ids, one at a time. Whole UTF-8 characters only.
class TokenStream {
 public:
  virtual ~TokenStream() = default;
  virtual std::string push(int32_t id) = 0;  // the text that became certain, often empty
  virtual std::string finish() = 0;          // the rest, broken bytes as U+FFFD
};

// Turns text into token ids and back, as a Hugging Face tokenizer.json, a SentencePiece model or the
// metadata of a GGUF file (text/gguf_vocabulary.h) describes. Immutable after
// loading, safe to share between threads.
//
// Text is UTF-8. Invalid bytes are replaced by U+FFFD before encoding, one for each maximal invalid
// subpart (Unicode 15, section 3.9, as Python's errors="replace"), which is what Hugging Face's
// Python callers do.
class Tokenizer {
 public:
  // Reads DIR/tokenizer.json, or tokenizer.model where there is none (and tokenizer_config.json for
  // the special tokens' roles and the chat template, when present). Throws kNotFound, kCorruptData, kUnsupported naming the file and key.
  static std::shared_ptr<const Tokenizer> load(const std::filesystem::path& directory);

  virtual ~Tokenizer() = default;

  // Ids of `text`. Special tokens written out in the text ("<|im_end|>") become their ids only when
  // allow_special; add_special_tokens applies the post-processor (BOS and the like).
  virtual std::vector<int32_t> encode(std::string_view text, bool add_special_tokens = false,
                                      bool allow_special = true) const = 0;
  // Text of `ids`; special tokens are left out when skip_special. Bytes that do not form UTF-8
  // become U+FFFD. Ids without a token (the padding of an embedding) give nothing.
  virtual std::string decode(std::span<const int32_t> ids, bool skip_special = true) const = 0;
  // The raw bytes one id stands for in the middle of a text ("\u2581maize" gives " maize", "<0x41>"
  // one byte); empty for special tokens and ids without a token.
  virtual std::string token_bytes(int32_t id) const = 0;
  // Decodes as decode(ids, true) does, but bit by bit. The one difference: of byte tokens ("<0xE4>")
  // that break off within a character, the characters before are kept, where decode() follows
  // Hugging Face tokenizers in giving up the whole run. By default, the bytes of the tokens joined.
  virtual std::unique_ptr<TokenStream> start_stream() const;

  virtual int32_t vocab_size() const = 0;  // one more than the largest id
  virtual std::optional<int32_t> token_id(std::string_view token) const = 0;
  // As tokenizer.json spells it. Throws kInvalidArgument where no token has the id.
  virtual std::string token(int32_t id) const = 0;
  virtual bool is_special(int32_t id) const = 0;

  // Nothing where the role is not given, or given to a token the vocabulary lacks.
  virtual std::optional<int32_t> bos_id() const = 0;
  virtual std::optional<int32_t> eos_id() const = 0;
  virtual std::optional<int32_t> pad_id() const = 0;
  virtual std::optional<std::string> chat_template() const = 0;  // Jinja source

  // The tokenizer as GGUF files hold it (text/gguf_vocabulary.h). Throws kUnsupported where GGUF has
  // no counterpart, saying what.
  virtual GgufVocabulary gguf_vocabulary() const;

  // Writes tokenizer.json, tokenizer_config.json, special_tokens_map.json and, when there is a
  // template, chat_template.jinja into `directory`, which must exist. A loaded tokenizer is written
  // byte for byte as it was read.
  virtual void save(const std::filesystem::path& directory) const = 0;
};

// Streams text: holds back what is not certain yet. The tokenizer must outlive it.
class StreamDecoder {
 public:
  explicit StreamDecoder(const Tokenizer& tokenizer) : stream_(tokenizer.start_stream()) {}
  std::string push(int32_t id) { return stream_->push(id); }
  std::string finish() { return stream_->finish(); }

 private:
  std::unique_ptr<TokenStream> stream_;
};

}  // namespace fundi::text
