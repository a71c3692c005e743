#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "text/json_reader.h"

namespace fundi::text {

// The "normalizer" of tokenizer.json: NFC, NFD, NFKC, NFKD and sequences of them. Immutable.
class Normalizer {
 public:
  // Throws kUnsupported for other types, naming the key. Null gives the identity.
  static Normalizer parse(const JsonReader& json);

  bool identity() const { return forms_.empty(); }
  // Requires well-formed UTF-8.
  std::string apply(std::string_view text) const;

 private:
  enum class Form { kNfc, kNfd, kNfkc, kNfkd };
  void add(const JsonReader& json, int depth);
  static std::string normalize(std::string_view text, Form form);
  std::vector<Form> forms_;
};

}  // namespace fundi::text
