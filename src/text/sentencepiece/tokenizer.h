#pragma once

#include <memory>
#include <string>

#include "text/tokenizer.h"
#include "text/tokenizer_files.h"

namespace fundi::text {

// A tokenizer from SentencePiece's "tokenizer.model" (BPE and unigram models): the ids of the library
// itself. `files` gives origin, config and template; its tokenizer_json is empty.
//
// Control symbols and the unknown piece are special tokens, found in text when they may be; the dummy
// prefix is put before each stretch of text between them. The post-processor adds BOS where the model
// has one and EOS where it has no BOS (as T5), unless tokenizer_config.json says otherwise
// (add_bos_token, add_eos_token).
//
// save() writes tokenizer.model as it was read and a tokenizer.json for other programs. Hugging Face
// tokenizers applies the charsmap of that a little differently (see normalizers/precompiled.cc), and
// cuts symbols of the user out before it normalises: text with them can come out otherwise.
// Throws kCorruptData, kUnsupported (word and character models).
std::shared_ptr<const Tokenizer> make_sentencepiece_tokenizer(std::string model_bytes,
                                                              TokenizerFiles files);

}  // namespace fundi::text
