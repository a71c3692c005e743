#include "text/pre_tokenizer.h"

#include <string>

#include "base/error.h"
#include "text/byte_alphabet.h"
#include "text/pre_tokenizers/all.h"

namespace fundi::text {
namespace {

constexpr int kMaxDepth = 8;
constexpr size_t kMaxSteps = 64;

}  // namespace

PreTokenizer PreTokenizer::parse(const JsonReader& json) {
  PreTokenizer result;
  if (!json.is_null()) result.add(json, 0);
  return result;
}

void PreTokenizer::add(const JsonReader& json, int depth) {
  const std::string_view type = json.child("type").string();
  if (type == "Sequence") {
    if (depth == kMaxDepth) json.corrupt("sequences are nested too deeply");
    json.child("pretokenizers").each([&](const JsonReader& item) { add(item, depth + 1); });
    return;
  }
  if (steps_.size() >= kMaxSteps) {
    json.corrupt(fmt::format("more than {} pre-tokenizers", kMaxSteps));
  }
  // What follows a ByteLevel reads the spelling.
  if (ends_in_byte_level_) steps_.push_back(make_byte_speller());
  steps_.push_back(make_pre_tokenizer_step(json));
  ends_in_byte_level_ = type == "ByteLevel";
}

void PreTokenizer::run(size_t index, const TextPiece& piece, Sink sink) const {
  if (piece.text.empty()) return;
  if (index < steps_.size()) {
    return steps_[index]->split(piece, [&](const TextPiece& part) { run(index + 1, part, sink); });
  }
  if (spell_) return sink(text::spell_bytes(piece.text));
  sink(piece.text);
}

}  // namespace fundi::text
