#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fundi::text {

// SentencePiece's "precompiled_charsmap": a double-array trie (as of Darts-clone) from strings to
// their replacements. The bytes may be hostile: what does not fit is no match.
//   u32 bytes of the trie, little-endian | trie: u32 a unit | replacements, each ended by NUL
class Charsmap {
 public:
  // Throws Error(kCorruptData) without a place; empty bytes map nothing.
  explicit Charsmap(std::string_view bytes);

  struct Rule {
    size_t length;                 // bytes of the text that it replaces
    std::string_view replacement;  // well-formed UTF-8
  };
  // Rules whose left side the text begins with.
  std::optional<Rule> shortest(std::string_view text) const;
  std::optional<Rule> longest(std::string_view text) const;

 private:
  // Calls found(length, value) for each match, the shortest first, while it returns true.
  template <typename Found>
  void search(std::string_view text, Found found) const;
  std::optional<std::string_view> replacement(uint32_t offset) const;

  std::vector<uint32_t> units_;
  std::string replacements_;
};

}  // namespace fundi::text
