#pragma once

#include <string>

#include "base/json.h"
#include "curate/document.h"
#include "curate/judge.h"

namespace fundi::curate {

// A row of rejects/: {id, step, rule, value, limit, text, source, licence, language, meta}.
Json reject_row(const Document& document, const std::string& step, const Rejection& rejection);

// A row of the corpus: {id, text, source, licence, language, meta} and, of a conversation,
// messages.
Json document_row(const Document& document);

}  // namespace fundi::curate
