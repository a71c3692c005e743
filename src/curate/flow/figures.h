#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "curate/document.h"
#include "curate/judge.h"

namespace fundi::curate {

struct Volume {
  int64_t documents = 0, bytes = 0;  // bytes of text
  void add(const Document& document);
  void merge(const Volume& other);
};

// A few documents a rule turned away, to look at: those with the smallest hashes of their ids, so
// that any split of the work gives the same ones.
struct Examples {
  static constexpr size_t kMost = 3, kExcerpt = 300;
  struct Example {
    uint64_t hash;
    std::string id, value, limit, excerpt;
  };
  std::vector<Example> examples;  // by hash
  void add(const Document& document, const Rejection& rejection);
  void merge(const Examples& other);
};

// What one step did.
struct StepRecord {
  Volume in, out;
  StepFigures figures;
  std::map<std::string, Volume> rejected;    // by rule
  std::map<std::string, Examples> examples;  // by rule
  void merge(const StepRecord& other);
};

// Records that could not be read or extracted, for one reason.
struct Problem {
  int64_t records = 0;
  Examples examples;  // their `value` is the reason in full
  void add(const std::string& id, const std::string& reason);
  void merge(const Problem& other);
};
// The reason without what differs between records: "'a' is no string" and "'b' is no string" are
// one, as are numbers.
std::string problem_class(std::string_view reason);

// What figures by a name that documents bring go under: its own, or where there are very many
// already, that of all others together.
inline constexpr size_t kMostNames = 1000;
template <typename T>
T& entry_of(std::map<std::string, T>& entries, const std::string& name) {
  return entries.size() < kMostNames || entries.contains(name) ? entries[name]
                                                               : entries["(others)"];
}

// What a pass over documents did: of a batch, a shard or all.
struct PassFigures {
  int64_t records = 0;      // read, the quarantined included
  int64_t quarantined = 0;  // could not be read or extracted
  std::vector<StepRecord> steps;
  std::map<std::string, Volume> sources, languages;  // what left the pass
  std::map<std::string, Problem> problems;           // by problem_class()
  // Of what was written, by source and then by what each document says; "" where it is not stated.
  std::map<std::string, std::map<std::string, Volume>> licences;
  void merge(const PassFigures& other);
  Json to_json() const;
  // Throws kCorruptData starting with `origin`.
  static PassFigures from_json(const Json& json, const std::string& origin);
};

}  // namespace fundi::curate
