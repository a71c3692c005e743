#include "text/models/word_model.h"

#include "base/error.h"

namespace fundi::text {
namespace {

struct Kind {
  std::string_view type;
  WordModelMaker* make;
};

const Kind kKinds[] = {
    {"BPE", parse_bpe},
    {"Unigram", parse_unigram},
    {"WordPiece", parse_word_piece},
    {"WordLevel", parse_word_level},
};

// Old files leave the type out.
std::string_view guess_type(const JsonReader& json) {
  if (json.has("merges")) return "BPE";
  if (json.has("max_input_chars_per_word")) return "WordPiece";
  if (json.has("unk_id")) return "Unigram";
  json.corrupt("has no type");
}

}  // namespace

std::unique_ptr<WordModel> parse_word_model(const JsonReader& json, bool byte_level,
                                            Vocabulary& vocabulary) {
  const std::string_view type = json.has("type") ? json.child("type").string() : guess_type(json);
  for (const Kind& kind : kKinds) {
    if (kind.type == type) return kind.make(json, byte_level, vocabulary);
  }
  json.unsupported(fmt::format("model type '{}' is unknown", type));
}

}  // namespace fundi::text
