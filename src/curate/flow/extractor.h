#pragma once

#include <string>

#include "curate/extract/isolated.h"
#include "curate/flow/batch_input.h"

namespace fundi::curate {

// Makes text of raw documents, one thread at a time: plain text here, what libraries take apart in
// a process of its own, so that a document that crashes or hangs them costs itself only.
class Extractor {
 public:
  explicit Extractor(const CurateRecipe& recipe);
  // Fills raw.document; returns why that cannot be done, or nothing.
  std::string extract(RawDocument& raw);

 private:
  Result<Extracted> text_of(const RawDocument& raw);
  const CurateRecipe& recipe_;
  IsolatedExtractor isolated_;
};

}  // namespace fundi::curate
