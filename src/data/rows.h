#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "data/dictd.h"

namespace fundi::data {

// In templates stand the placeholders {headword} and {translation}, and, but for completions,
// alternatives: "[Please |]translate {headword}" stands for two wordings (data/template.h).
struct QaTemplate {
  std::string prompt, completion;
};

struct RowTemplates {
  std::vector<std::string> plain;   // texts for pretraining
  std::vector<QaTemplate> train;    // questions to train on; also asked in the evaluation ("seen")
  std::vector<QaTemplate> heldout;  // other wordings, in the evaluation only
};

// Dictionaries that translate the same way, and how to speak about them.
struct RowDirection {
  std::string name;                             // "swh-eng": starts the ids of its pairs
  std::vector<const Dictionary*> dictionaries;  // the first that knows a headword wins
  RowTemplates templates;
};

struct RowOptions {
  int64_t max_translation_chars = 60;  // in code points; pairs with a longer answer are dropped
  int64_t max_pairs = 0;               // per direction, spread evenly over it; 0: all
  int64_t wordings = 0;                // of the train questions, drawn for each pair; 0: all
  uint64_t seed = 0;                   // of the drawing
};

struct RowCounts {
  int64_t entries = 0;              // read
  int64_t without_translation = 0;  // entries with nothing to ask for (plurals, notes)
  int64_t merged = 0;               // entries whose headword an earlier one has answered
  int64_t too_long = 0;             // pairs dropped by max_translation_chars
  int64_t over_max_pairs = 0;       // pairs dropped by max_pairs
  int64_t pairs = 0;
  int64_t pretrain_rows = 0, sft_rows = 0, eval_seen_rows = 0, eval_unseen_rows = 0;
};

// Writes into `directory`, each file atomically, always the same bytes for the same input:
//   pairs.jsonl     {"pair","direction","headword","translation","part_of_speech",
//                    "alternatives":[...],"source","licence"}
//   pretrain.jsonl  {"text"}                                a row for each pair and plain text
//   sft.jsonl       {"prompt","completion","pair"}          ... and train question (or `wordings`)
//   eval.jsonl      {"prompt","completion","pair","seen"}   ... those, and heldout questions
// A headword has one answer: the first translation of the first sense of its first entry that has
// one; whatever else its entries say are "alternatives". Texts are NFC. Rows stand in the order of
// directions, dictionaries and entries. Throws kInvalidArgument naming the template for an unknown
// placeholder, a stray brace or bracket, a text or prompt without placeholder, an empty completion,
// a heldout prompt that is also trained on, and for direction names that repeat.
RowCounts write_rows(std::span<const RowDirection> directions,
                     const std::filesystem::path& directory, const RowOptions& options = {});

}  // namespace fundi::data
