#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "curate/redact/kind.h"

namespace fundi::curate {

struct RedactOptions {
  std::vector<const RedactKind*> kinds;                  // asked in this order
  std::map<std::string, std::string, std::less<>> tags;  // by kind's name: instead of its own
  // Not empty: tags carry what a keyed hash makes of the value, "<EMAIL_9f86d08188>": the same
  // value has the same tag everywhere, and without the key nobody can tell the value by trying.
  std::string pseudonym_key;
};

// Replaces personal data by tags in one pass over the text. A finding depends on nothing but the
// text around it. Immutable, shared between threads.
class Redactor {
 public:
  explicit Redactor(RedactOptions options);
  // `counts` has one entry for each of the options' kinds and is added to.
  std::string redact(std::string_view text, std::vector<int64_t>& counts) const;

 private:
  size_t next_trigger(std::string_view text, size_t pos) const;
  std::string tag_of(size_t kind, std::string_view value) const;
  RedactOptions options_;
  std::vector<std::string> tags_;
  std::array<bool, 256> is_trigger_{};
  std::array<std::vector<uint8_t>, 256> by_trigger_;  // indexes of kinds
};

}  // namespace fundi::curate
