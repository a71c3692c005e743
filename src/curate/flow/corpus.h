#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "curate/document.h"

namespace fundi::curate {

// Documents outside a recipe's run: what models are learnt from.
struct CorpusOptions {
  std::vector<std::string> paths;  // as `path` of a recipe's source, relative to where fundi runs
  std::vector<std::string> text;   // columns or keys of the text; empty: as the readers have it
  std::string format;              // empty: by the files' extensions
  std::string where;               // "category=sports": only rows that bring this; empty: all
};
struct CorpusCounts {
  uint64_t documents = 0, bytes = 0;  // given to `visit`
  uint64_t skipped = 0;               // by `where`
  uint64_t problems = 0;              // that could not be read
  std::string first_problem;
};

// Reads, extracts and normalises (steps/normalise.cc) documents in order, until `visit` returns
// false. Throws kNotFound, kInvalidArgument (nothing fits `where`, unknown columns), kIo.
CorpusCounts read_corpus(const CorpusOptions& options,
                         const std::function<bool(Document document)>& visit);

}  // namespace fundi::curate
