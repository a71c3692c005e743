#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "text/gguf_vocabulary.h"

namespace fundi::text {

// What fundi uses of a SentencePiece "tokenizer.model" (message ModelProto of
// sentencepiece_model.proto); the defaults are the format's.
struct SentencePieceModel {
  enum class Type : int32_t { kUnigram = 1, kBpe = 2, kWord = 3, kChar = 4 };
  struct Piece {
    std::string text;
    float score = 0;
    GgufTokenType type = GgufTokenType::kNormal;
  };

  std::vector<Piece> pieces;  // by id
  Type type = Type::kUnigram;
  bool byte_fallback = false;
  bool whitespace_as_suffix = false;
  // Normaliser.
  std::string charsmap;
  bool add_dummy_prefix = true;
  bool remove_extra_whitespaces = true;
  bool escape_whitespaces = true;

  // The piece with this type and text, or -1.
  int32_t find(GgufTokenType piece_type, std::string_view text) const;
  int32_t unknown_id = -1, bos_id = -1, eos_id = -1, pad_id = -1;
};

// Throws kCorruptData beginning with `where`.
SentencePieceModel parse_sentencepiece(std::string_view bytes, const std::string& where);

}  // namespace fundi::text
