#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/config.h"
#include "base/files.h"
#include "curate/extract/extract.h"
#include "curate/flow/amount.h"
#include "curate/flow/document_shard.h"
#include "curate/flow/group_step.h"
#include "curate/flow/sources.h"
#include "curate/step.h"

namespace fundi::curate {

// One entry of `steps:`, made: either of the two is set.
struct Step {
  std::string name;  // of its kind; a second one of a kind is "minhash.2"
  int version;
  bool searches;  // DocumentStepKind::searches; group steps do
  Json settings;
  std::vector<fs::path> inputs;  // files whose contents belong to its settings
  std::shared_ptr<const DocumentStep> document;
  std::shared_ptr<const GroupStep> group;
  std::span<const std::string_view> rules() const {
    return document ? document->rules() : group->rules();
  }
};

// Makes the `steps:` of a recipe; relative paths in them start at `base`. Without its sources no
// step is refused for naming one that is not there. Throws kInvalidArgument,
// kNotFound, naming the step and key.
std::vector<Step> read_steps(const Config& recipe, const fs::path& base,
                             const std::vector<Source>& sources = {});

struct MixOptions {
  struct Share {
    double weight = -1;  // of what is written, in bytes of text; below 0: as much as there is
    double epochs = 1;   // at most so often is a document written
    Amount budget;
  };
  std::vector<Share> shares;  // by source
  double temperature = 0;     // above 0: weights are sizes to the power 1/temperature
  Amount total;               // of all sources; none: as much as the weights allow
  bool counts_tokens() const;
  double validation = 0;  // fraction
  bool shuffle = true;
  uint64_t seed = 0;
};

struct WriteOptions {
  const ShardFormat* format = &shard_formats().front();
  uint64_t shard_size = 128'000'000;  // bytes of text, about
  int64_t shards = 0;                 // 0: by shard_size
  int level = 3;                      // of zstd
  fs::path tokenizer;                 // empty: no token shards
};

// What a recipe for `fundi curate` says:
//
//   name: swahili-web
//   output: corpora/swahili-web        # relative to where fundi runs; the default is this
//   sources:
//     - {name: news, path: news/*.tsv, text: [headline, text], licence: CC-BY-4.0, language: sw}
//   extract: {main_content: true, timeout: 20, memory: 1GB}
//   steps:                             # in this order; "normalise" is short for "normalise: {}"
//     - normalise
//     - language: {keep: [sw]}
//     - gopher_quality
//     - minhash: {keep: longest}
//   mix: {validation: 0.01, seed: 1, sources: {news: {weight: 0.3, epochs: 2}}}
//   write: {shard_size: 128MB, tokenizer: path/tokenizer.json}
//   task_size: 64MB                    # of input, about, for one task
struct CurateRecipe {
  std::string name, origin;
  fs::path output;
  std::vector<Source> sources;
  std::vector<Shard> shards;
  ExtractOptions extract;
  double extract_timeout = 20;              // seconds a document
  uint64_t extract_memory = 1'000'000'000;  // bytes a document
  std::vector<Step> steps;
  MixOptions mix;
  WriteOptions write;
  size_t partitions = 1;  // of group steps
  uint64_t sample = 0;    // read only about so many documents, spread over the shards; 0: all
  std::vector<std::string> overrides;
  Json json;  // as read, overrides applied

  // Throws kNotFound, kCorruptData, kInvalidArgument (unknown keys too), each with file and key.
  static CurateRecipe load(const fs::path& path, const std::vector<std::string>& overrides = {},
                           uint64_t sample = 0);
  // The same of settings that stand elsewhere; relative paths start at `base`. `name` and `output`,
  // which the settings may replace, are the caller's.
  static CurateRecipe parse(const Config& config, const fs::path& base, std::string name,
                            const fs::path& output);
};

}  // namespace fundi::curate
