#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "text/json_reader.h"

namespace fundi::text {

// A text on its way through the normaliser. Well-formed UTF-8, before and after each step.
struct NormalizedText {
  std::string text;
  // Its first character stems from the first one of the raw text (Metaspace's scheme "first" asks).
  bool at_origin = true;
};

// One rewriting of text. Immutable, shared between threads.
class NormalizerStep {
 public:
  virtual ~NormalizerStep() = default;
  virtual void apply(NormalizedText& text) const = 0;
};

// The "normalizer" of tokenizer.json. Immutable.
class Normalizer {
 public:
  // Throws kUnsupported for an unknown type, kCorruptData for broken settings, naming the key. Null
  // gives the identity.
  static Normalizer parse(const JsonReader& json);

  void add(std::shared_ptr<const NormalizerStep> step) { steps_.push_back(std::move(step)); }
  bool identity() const { return steps_.empty(); }
  void apply(NormalizedText& text) const;
  std::string apply(std::string_view text) const;

 private:
  void add(const JsonReader& json, int depth);
  std::vector<std::shared_ptr<const NormalizerStep>> steps_;
};

}  // namespace fundi::text
