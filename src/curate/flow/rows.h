#pragma once

#include <string>

#include "curate/document.h"
#include "curate/judge.h"

namespace fundi::curate {

// A row of rejects/: {id, step, rule, value, limit, text, source, licence, language, meta}.
std::string reject_row(const Document& document, const std::string& step,
                       const Rejection& rejection);

// A row of the corpus: {id, text, source, licence, language, meta} and, of a conversation,
// messages.
std::string document_row(const Document& document);

}  // namespace fundi::curate
