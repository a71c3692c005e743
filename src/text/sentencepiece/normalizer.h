#pragma once

#include <memory>

#include "text/byte_trie.h"
#include "text/charsmap.h"
#include "text/normalizer.h"

namespace fundi::text {

// SentencePiece's own normaliser: the longest rule of the charsmap at each place, white space, and
// symbols of the user left as they are.
class SentencePieceNormalizer : public NormalizerStep {
 public:
  struct Options {
    bool add_dummy_prefix = true;
    bool remove_extra_whitespaces = true;
    bool escape_whitespaces = true;    // spaces become U+2581
    bool whitespace_as_suffix = false;  // the dummy stands at the end
  };
  SentencePieceNormalizer(Charsmap rules, ByteTrie user_defined, const Options& options)
      : rules_(std::move(rules)), user_defined_(std::move(user_defined)), options_(options) {}

  void apply(NormalizedText& text) const override;

 private:
  // What the beginning of `text` becomes.
  Charsmap::Rule prefix(std::string_view text) const;
  Charsmap rules_;
  ByteTrie user_defined_;
  Options options_;
};

}  // namespace fundi::text
