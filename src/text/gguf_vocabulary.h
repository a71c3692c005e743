#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "text/tokenizer.h"

namespace fundi::text {

// "tokenizer.ggml.token_type" of GGUF files; the same numbers as SentencePiece's types.
enum class GgufTokenType : int32_t {
  kNormal = 1,
  kUnknown = 2,
  kControl = 3,
  kUserDefined = 4,
  kUnused = 5,
  kByte = 6,
};

// The keys "tokenizer.ggml.*" of a GGUF file, by their names there. Absent keys are empty.
struct GgufVocabulary {
  std::string model;  // "llama" (SentencePiece pieces with scores) or "gpt2" (byte-level BPE)
  std::string pre;    // how gpt2 cuts text: "llama-bpe", "qwen2" ...
  std::vector<std::string> tokens;
  std::vector<float> scores;               // of each token; llama only
  std::vector<GgufTokenType> token_types;  // of each token, or empty: all normal
  std::vector<std::string> merges;         // "left right"; gpt2 only
  std::optional<int32_t> bos_id, eos_id, eot_id, unknown_id, padding_id;
  std::optional<bool> add_bos, add_eos, add_space_prefix;
  std::optional<std::string> chat_template;
};

// A tokenizer that gives the ids llama.cpp gives for the same file; invalid UTF-8 is replaced first,
// as everywhere. `origin` begins error messages. Throws kCorruptData, kUnsupported (another model,
// an unknown `pre`).
std::shared_ptr<const Tokenizer> make_gguf_tokenizer(GgufVocabulary vocabulary,
                                                     const std::string& origin);

// The counterpart of a tokenizer.json. Throws kUnsupported where there is none.
GgufVocabulary gguf_from_tokenizer_json(std::string_view json, const std::string& origin,
                                        const Tokenizer& tokenizer);

}  // namespace fundi::text
