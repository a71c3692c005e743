#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "curate/document.h"
#include "curate/flow/recipe.h"
#include "curate/flow/stage.h"

namespace fundi::curate {

// A document before extraction, or the reason why there is none.
struct RawDocument {
  Document document;  // ordinal, id, source, licence, language, meta, messages
  std::string bytes;
  ContentType type = ContentType::kText;
  std::string charset;
  std::string problem;  // not empty: to be quarantined
};

// A run of documents that is worked on, stored and resumed as one.
struct Batch {
  size_t number = 0;  // from 0
  std::vector<RawDocument> raw;
  uint64_t bytes = 0;           // of the input, for progress
  uint64_t text_bytes() const;  // of the documents, as far as they have been read
};

// Reads a shard batch by batch, always in the same batches. One thread at a time.
class BatchInput {
 public:
  BatchInput(const CurateRecipe& recipe, size_t shard);
  // Nothing at the end. Throws kIo; whatever is wrong with a file or record becomes a problem.
  std::optional<Batch> next();

 private:
  bool next_record(Record& record, RawDocument& raw);
  void give_file_up(RawDocument& raw, std::string_view why);
  bool open_next();
  const CurateRecipe& recipe_;
  const Source& source_;
  const Shard& shard_;
  uint64_t first_ordinal_, limit_;
  size_t part_ = 0;
  std::unique_ptr<Reader> reader_;
  std::string file_name_;
  uint64_t records_ = 0;
  size_t batches_ = 0;
  uint64_t seen_bytes_ = 0;
};

}  // namespace fundi::curate
