#include "text/sentencepiece/document.h"

#include <algorithm>

namespace fundi::text {
namespace {

Json replace_json(std::string_view from, std::string_view to) {
  return {{"type", "Replace"}, {"pattern", {{"String", from}}}, {"content", to}};
}

}  // namespace

Json space_normalizer_json(bool dummy_prefix) {
  Json steps = Json::array();
  if (dummy_prefix) steps.push_back({{"type", "Prepend"}, {"prepend", "\u2581"}});
  steps.push_back(replace_json(" ", "\u2581"));
  return {{"type", "Sequence"}, {"normalizers", std::move(steps)}};
}

Json space_decoder_json(bool dummy_prefix) {
  Json steps = Json::array();
  steps.push_back(replace_json("\u2581", " "));
  steps.push_back({{"type", "ByteFallback"}});
  steps.push_back({{"type", "Fuse"}});
  if (dummy_prefix) {
    steps.push_back({{"type", "Strip"}, {"content", " "}, {"start", 1}, {"stop", 0}});
  }
  return {{"type", "Sequence"}, {"decoders", std::move(steps)}};
}

Normalizer normalizer_of(const Json& json) {
  return Normalizer::parse(JsonDocument(dump_json(json), "normalizer").root());
}

Decoder decoder_of(const Json& json) {
  return Decoder::parse(JsonDocument(dump_json(json), "decoder").root());
}

void add_scored_model(const Vocabulary& vocabulary, const ScoredPieces& pieces,
                      std::string_view unknown, TokenizerDocument& document) {
  document.model = bpe_settings_json();
  if (!unknown.empty()) document.model["unk_token"] = unknown;
  document.model["fuse_unk"] = true;
  const std::vector<int32_t> bytes = byte_tokens(vocabulary);
  document.model["byte_fallback"] =
      std::find(bytes.begin(), bytes.end(), TokenTable::kNone) == bytes.end();
  for (int32_t id = 0; id < vocabulary.spelled.size(); ++id) {
    document.tokens.push_back(vocabulary.spelled.at(id));
  }
  std::vector<ScoredPair> pairs = find_scored_pairs(pieces, vocabulary);
  // Characters without a piece have no place in a tokenizer.json.
  std::erase_if(pairs, [&](const ScoredPair& pair) {
    return pair.left >= vocabulary.spelled.size() || pair.right >= vocabulary.spelled.size();
  });
  std::sort(pairs.begin(), pairs.end(), [](const ScoredPair& a, const ScoredPair& b) {
    return std::tie(a.rank, a.id, a.left, a.right) < std::tie(b.rank, b.id, b.left, b.right);
  });
  for (const ScoredPair& pair : pairs) {
    document.merges.emplace_back(vocabulary.spelled.at(pair.left),
                                 vocabulary.spelled.at(pair.right));
  }
}

}  // namespace fundi::text
