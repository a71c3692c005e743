#pragma once

#include <string>

#include "curate/flow/batch_input.h"

namespace fundi::curate {

// Makes text of raw documents, one thread at a time: plain text here, what libraries take apart in
// a process of its own, so that a document that crashes or hangs them costs itself only.
class Extractor {
 public:
  explicit Extractor(const CurateRecipe& recipe) : recipe_(recipe) {}
  // Fills raw.document; returns why that cannot be done, or nothing.
  std::string extract(RawDocument& raw);

 private:
  const CurateRecipe& recipe_;
};

}  // namespace fundi::curate
