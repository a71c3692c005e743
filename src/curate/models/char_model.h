#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace fundi::curate {

// How often runs of up to kOrder folded characters (folds.h) occur in texts: what a CharModel is
// made of, and what is stored of it.
struct CharCounts {
  static constexpr int kOrder = 5;
  static constexpr int kBits = 12;         // a symbol
  static constexpr uint64_t kUnknown = 0;  // a character that is not in the alphabet
  static constexpr uint64_t kNone = 4095;  // before the text's beginning
  static constexpr size_t kMostSymbols = 4094;
  static constexpr size_t kMostGrams = 1 << 20;  // the rarest are shortened beyond

  std::u32string alphabet;  // character i is symbol i + 1; the most frequent first
  struct Gram {
    uint64_t key;  // the symbol, the one before it in the 12 bits below, and so on
    uint32_t count;
  };
  std::vector<Gram> grams;  // by key

  // Characters seen at least `least` times make the alphabet.
  static CharCounts count(std::span<const std::string_view> texts, size_t least = 3,
                          size_t most_grams = kMostGrams);
  std::string pack() const;
  // Throws kCorruptData starting with `where`.
  static CharCounts unpack(std::string_view packed, const std::string& where);
};

// A character n-gram model by Witten and Bell (1991), interpolated down to the uniform one:
//   p(c|h) = (n(hc) + t(h) p(c|h')) / (n(h) + t(h))
// n(h): how often h is followed by anything, t(h): by how many different symbols; h' is h without
// its first. The unknown symbol stands for kOthers characters, each as likely, so that text in a
// strange script is not cheap. A text is judged as if a space came before it. Any thread.
class CharModel {
 public:
  static constexpr double kOthers = 4096;
  explicit CharModel(const CharCounts& counts);

  struct Score {
    double bits = 0;
    size_t characters = 0;  // folded
    double bits_per_character() const { return bits / static_cast<double>(characters); }
    double perplexity() const;  // a character; NaN without any
  };
  Score score(std::string_view text) const;  // well-formed UTF-8

 private:
  struct Slot {
    uint64_t key = 0;  // the order in the top 4 bits; 0: empty
    float share = 0;   // n(hc) / (n(h) + t(h))
    float rest = 1;    // t / (n + t) of the gram as a history
  };
  struct Scorer;
  void make_slots(std::vector<uint64_t> keys);
  size_t slot_of(uint64_t key) const;

  std::vector<uint16_t> symbols_;  // by folded character
  std::vector<Slot> slots_;
  int shift_ = 0;
  double uniform_ = 1, rest_ = 1;  // of the empty history
};

}  // namespace fundi::curate
