#include "text/sentencepiece/model_file.h"

#include <cmath>

#include "base/error.h"
#include "text/sentencepiece/proto.h"

namespace fundi::text {
namespace {

constexpr size_t kMaxPieces = 1 << 24;

struct SpecialPieces {
  std::string bos = "<s>", eos = "</s>", pad = "<pad>";
};

SentencePieceModel::Piece parse_piece(std::string_view bytes, const std::string& where) {
  SentencePieceModel::Piece piece;
  int32_t type = 1;
  ProtoReader reader(bytes, where);
  while (reader.next()) {
    switch (reader.field()) {
      case 1:
        piece.text = reader.string();
        break;
      case 2:
        piece.score = reader.fixed_float();
        break;
      case 3:
        type = reader.int32();
        break;
      default:
        break;
    }
  }
  if (piece.text.empty()) fail(ErrorCode::kCorruptData, "{}: an empty piece", where);
  if (!std::isfinite(piece.score)) {
    fail(ErrorCode::kCorruptData, "{}: the score of '{}' is not finite", where, piece.text);
  }
  if (type < 1 || type > 6) {
    fail(ErrorCode::kCorruptData, "{}: '{}' has the unknown type {}", where, piece.text, type);
  }
  piece.type = static_cast<GgufTokenType>(type);
  return piece;
}

void parse_trainer(std::string_view bytes, const std::string& where, SentencePieceModel& model,
                   SpecialPieces& special) {
  ProtoReader reader(bytes, where);
  while (reader.next()) {
    switch (reader.field()) {
      case 3: {
        const int32_t type = reader.int32();
        if (type < 1 || type > 4) {
          fail(ErrorCode::kCorruptData, "{}: unknown model type {}", where, type);
        }
        model.type = static_cast<SentencePieceModel::Type>(type);
        break;
      }
      case 24:
        model.whitespace_as_suffix = reader.boolean();
        break;
      case 35:
        model.byte_fallback = reader.boolean();
        break;
      case 46:
        special.bos = reader.string();
        break;
      case 47:
        special.eos = reader.string();
        break;
      case 48:
        special.pad = reader.string();
        break;
      default:
        break;
    }
  }
}

void parse_normalizer(std::string_view bytes, const std::string& where,
                      SentencePieceModel& model) {
  ProtoReader reader(bytes, where);
  while (reader.next()) {
    switch (reader.field()) {
      case 2:
        model.charsmap = reader.bytes();
        break;
      case 3:
        model.add_dummy_prefix = reader.boolean();
        break;
      case 4:
        model.remove_extra_whitespaces = reader.boolean();
        break;
      case 5:
        model.escape_whitespaces = reader.boolean();
        break;
      default:
        break;
    }
  }
}

}  // namespace

int32_t SentencePieceModel::find(GgufTokenType piece_type, std::string_view text) const {
  for (size_t id = 0; id < pieces.size(); ++id) {
    if (pieces[id].type == piece_type && pieces[id].text == text) return static_cast<int32_t>(id);
  }
  return -1;
}

SentencePieceModel parse_sentencepiece(std::string_view bytes, const std::string& where) {
  SentencePieceModel model;
  SpecialPieces special;
  ProtoReader reader(bytes, where);
  while (reader.next()) {
    switch (reader.field()) {
      case 1:
        if (model.pieces.size() == kMaxPieces) {
          fail(ErrorCode::kCorruptData, "{}: more than {} pieces", where, kMaxPieces);
        }
        model.pieces.push_back(parse_piece(reader.bytes(), where));
        if (model.pieces.back().type == GgufTokenType::kUnknown && model.unknown_id < 0) {
          model.unknown_id = static_cast<int32_t>(model.pieces.size()) - 1;
        }
        break;
      case 2:
        parse_trainer(reader.bytes(), where, model, special);
        break;
      case 3:
        parse_normalizer(reader.bytes(), where, model);
        break;
      default:
        break;
    }
  }
  if (model.unknown_id < 0) {
    fail(ErrorCode::kCorruptData, "{}: not a SentencePiece model: no piece for the unknown", where);
  }
  model.bos_id = model.find(GgufTokenType::kControl, special.bos);
  model.eos_id = model.find(GgufTokenType::kControl, special.eos);
  model.pad_id = model.find(GgufTokenType::kControl, special.pad);
  return model;
}

}  // namespace fundi::text
