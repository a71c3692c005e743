#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/config.h"
#include "base/json.h"
#include "curate/models/char_model.h"

namespace fundi::curate {

// What `fundi curate profile` learns of a language from texts that are known to be good: a JSON
// file that can be read and edited; only the counts of the character model are packed.
struct Profile {
  std::string language;  // as language/tag.h has it
  uint64_t documents = 0, characters = 0;
  Json thresholds = Json::object();     // settings of steps: {gopher_quality: {min_doc_words: 20}}
  std::vector<std::string> stop_words;  // the most frequent first
  double min_stop_words = 0;            // least share of words that are among them
  std::string letters;                  // small ones, the most frequent first
  double min_letters = 0;               // least share of letters that are among them
  struct Perplexity {                   // a character, of texts held out
    double median = 0, sigma = 0, max = 0;  // sigma in bits a character
  } perplexity;
  CharCounts counts;

  Json to_json() const;
  // Throws kCorruptData and kInvalidArgument starting with `origin`.
  static Profile from_json(Json json, const std::string& origin);
};

}  // namespace fundi::curate
