#pragma once

#include <memory>

#include "text/decoder.h"
#include "text/json_reader.h"

namespace fundi::text {

// The step of a "decoder" other than Sequence. The list of types is in all.cc.
std::unique_ptr<DecoderStep> make_decoder_step(const JsonReader& json);

// What a tokenizer without a decoder does.
std::unique_ptr<DecoderStep> make_space_joiner();

// One factory a type and file.
using DecoderMaker = std::unique_ptr<DecoderStep>(const JsonReader& json);
DecoderMaker make_byte_level_decoder;
DecoderMaker make_replace_decoder;
DecoderMaker make_byte_fallback_decoder;
DecoderMaker make_fuse_decoder;
DecoderMaker make_strip_decoder;
DecoderMaker make_metaspace_decoder;
DecoderMaker make_word_piece_decoder;
DecoderMaker make_bpe_decoder;
DecoderMaker make_ctc_decoder;

// The spaces before punctuation and contractions that WordPiece and CTC take back.
std::string clean_up_spaces(std::string text);

}  // namespace fundi::text
