#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "text/models/scored_bpe.h"
#include "text/pipeline_tokenizer.h"
#include "text/tokenizer_writer.h"

namespace fundi::text {

// The parts that SentencePiece's tokenizers share as a tokenizer.json writes them.

// Spaces become U+2581, with one before the text when `dummy_prefix`.
Json space_normalizer_json(bool dummy_prefix);
// The way back, with byte tokens.
Json space_decoder_json(bool dummy_prefix);

Normalizer normalizer_of(const Json& json);
Decoder decoder_of(const Json& json);

// Fills in the tokens, settings and merges of a BPE model with byte fallback.
void add_scored_model(const Vocabulary& vocabulary, const ScoredPieces& pieces,
                      std::string_view unknown, TokenizerDocument& document);

}  // namespace fundi::text
