#pragma once

#include <memory>

#include "text/json_reader.h"
#include "text/pre_tokenizer.h"

namespace fundi::text {

// The step of a "pre_tokenizer" other than Sequence. The list of types is in all.cc.
std::unique_ptr<PreTokenizerStep> make_pre_tokenizer_step(const JsonReader& json);

// Writes pieces in the byte alphabet, without cutting.
std::unique_ptr<PreTokenizerStep> make_byte_speller();

// Factories by type; those of one file stand together.
using PreTokenizerMaker = std::unique_ptr<PreTokenizerStep>(const JsonReader& json);
PreTokenizerMaker make_byte_level_pre_tokenizer;
PreTokenizerMaker make_split;
PreTokenizerMaker make_digits;
PreTokenizerMaker make_metaspace_pre_tokenizer;
PreTokenizerMaker make_whitespace, make_whitespace_split;
PreTokenizerMaker make_bert_pre_tokenizer;
PreTokenizerMaker make_punctuation;
PreTokenizerMaker make_char_delimiter_split;
PreTokenizerMaker make_unicode_scripts;
PreTokenizerMaker make_fixed_length;

}  // namespace fundi::text
