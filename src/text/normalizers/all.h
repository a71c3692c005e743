#pragma once

#include <memory>

#include "text/json_reader.h"
#include "text/normalizer.h"

namespace fundi::text {

// The step of a "normalizer" other than Sequence. The list of types is in all.cc.
std::unique_ptr<NormalizerStep> make_normalizer_step(const JsonReader& json);

// Factories by type; those of one file stand together.
using NormalizerMaker = std::unique_ptr<NormalizerStep>(const JsonReader& json);
NormalizerMaker make_nfc, make_nfd, make_nfkc, make_nfkd;
NormalizerMaker make_lowercase;
NormalizerMaker make_strip, make_strip_accents;
NormalizerMaker make_replace;
NormalizerMaker make_prepend;
NormalizerMaker make_nmt;
NormalizerMaker make_bert_normalizer;
NormalizerMaker make_precompiled;
NormalizerMaker make_byte_level_normalizer;

// Unicode normal form D of Unicode 9, which BertNormalizer takes too.
std::string to_nfd(std::string_view text);
// Each character's lower case, without context.
std::string to_lower(std::string_view text);

}  // namespace fundi::text
