#pragma once

#include <memory>
#include <string>

#include "formats/gguf_metadata.h"
#include "text/gguf_vocabulary.h"
#include "text/tokenizer.h"

namespace fundi::models {

// The keys "tokenizer.*" of a GGUF file. `origin` (the path) starts messages.
text::GgufVocabulary vocabulary_from_gguf(const formats::GgufMetadata& metadata);

// The other way, with as many tokens as the embedding has rows: unused ones are added, or those
// that have no row left out. Throws kUnsupported where a token in use would be left out.
void vocabulary_to_gguf(const text::GgufVocabulary& vocabulary, int64_t rows,
                        formats::GgufMetadata& metadata);

}  // namespace fundi::models
