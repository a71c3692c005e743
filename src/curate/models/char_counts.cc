#include <algorithm>
#include <map>
#include <unordered_map>

#include "base/error.h"
#include "curate/models/char_model.h"
#include "curate/models/folds.h"
#include "curate/models/packed.h"

namespace fundi::curate {
namespace {

constexpr uint64_t kMask = (uint64_t{1} << (CharCounts::kBits * CharCounts::kOrder)) - 1;
constexpr uint64_t kLargestPacked = 64 << 20;

std::u32string find_alphabet(std::span<const std::string_view> texts, size_t least) {
  std::vector<uint64_t> counts(Folds::kSize);
  std::map<char32_t, uint64_t> others;
  for (const std::string_view text : texts) {
    for_each_folded(text, [&](char32_t c) { ++(c < counts.size() ? counts[c] : others[c]); });
  }
  for (char32_t c = 0; c < counts.size(); ++c) {
    if (counts[c] > 0) others[c] = counts[c];
  }
  std::vector<std::pair<uint64_t, char32_t>> found;
  for (const auto& [c, n] : others) {
    if (n >= least) found.emplace_back(UINT64_MAX - n, c);
  }
  std::sort(found.begin(), found.end());
  if (found.size() > CharCounts::kMostSymbols) found.resize(CharCounts::kMostSymbols);
  std::u32string alphabet;
  for (const auto& [rank, c] : found) alphabet += c;
  return alphabet;
}

std::vector<CharCounts::Gram> count_keys(std::vector<uint64_t>& keys) {
  std::sort(keys.begin(), keys.end());
  std::vector<CharCounts::Gram> grams;
  for (const uint64_t key : keys) {
    if (grams.empty() || grams.back().key != key) grams.push_back({key, 0});
    grams.back().count += grams.back().count < UINT32_MAX;
  }
  return grams;
}

// The oldest symbols of rare grams are forgotten, which leaves the counts of shorter ones as they
// are.
void shorten(std::vector<CharCounts::Gram>& grams, size_t most) {
  for (int kept = CharCounts::kOrder - 1; grams.size() > most && kept >= 1; --kept) {
    const uint64_t forgotten =
        (uint64_t{1} << (CharCounts::kBits * (CharCounts::kOrder - kept))) - 1;
    for (uint32_t rare = 1; grams.size() > most && rare <= 4; ++rare) {
      std::vector<CharCounts::Gram> shorter;
      for (CharCounts::Gram gram : grams) {
        if (gram.count <= rare) gram.key |= forgotten;  // kNone is all ones
        shorter.push_back(gram);
      }
      std::sort(shorter.begin(), shorter.end(),
                [](const auto& a, const auto& b) { return a.key < b.key; });
      grams.clear();
      for (const CharCounts::Gram& gram : shorter) {
        if (!grams.empty() && grams.back().key == gram.key) {
          grams.back().count += gram.count;
        } else {
          grams.push_back(gram);
        }
      }
    }
  }
}

void put(std::string& out, uint64_t value) {
  for (; value >= 0x80; value >>= 7) out += static_cast<char>(value | 0x80);
  out += static_cast<char>(value);
}

class Numbers {
 public:
  Numbers(std::string_view bytes, const std::string& where) : bytes_(bytes), where_(where) {}
  uint64_t next(uint64_t most) {
    uint64_t value = 0;
    for (int shift = 0; shift < 63; shift += 7) {
      if (pos_ == bytes_.size()) break;
      const auto byte = static_cast<unsigned char>(bytes_[pos_++]);
      value |= uint64_t{byte & 0x7Fu} << shift;
      if (byte < 0x80 && value > most) break;
      if (byte < 0x80) return value;
    }
    fail(ErrorCode::kCorruptData, "{}: the counts are damaged at byte {}", where_, pos_);
  }
  size_t left() const { return bytes_.size() - pos_; }

 private:
  std::string_view bytes_;
  const std::string& where_;
  size_t pos_ = 0;
};

}  // namespace

CharCounts CharCounts::count(std::span<const std::string_view> texts, size_t least,
                             size_t most_grams) {
  CharCounts counts{.alphabet = find_alphabet(texts, least), .grams = {}};
  std::unordered_map<char32_t, uint64_t> symbols;
  for (size_t i = 0; i < counts.alphabet.size(); ++i) symbols.emplace(counts.alphabet[i], i + 1);
  const auto symbol_of = [&](char32_t c) {
    const auto found = symbols.find(c);
    return found == symbols.end() ? kUnknown : found->second;
  };
  const uint64_t space = symbol_of(' ');
  std::vector<uint64_t> keys;
  for (const std::string_view text : texts) {
    uint64_t key = kMask >> kBits | space << (kBits * (kOrder - 1));
    for_each_folded(text, [&](char32_t c) {
      key = key >> kBits | symbol_of(c) << (kBits * (kOrder - 1));
      keys.push_back(key);
    });
  }
  counts.grams = count_keys(keys);
  shorten(counts.grams, most_grams);
  return counts;
}

std::string CharCounts::pack() const {
  std::string bytes;
  put(bytes, alphabet.size());
  for (const char32_t c : alphabet) put(bytes, c);
  put(bytes, grams.size());
  uint64_t last = 0;
  for (const Gram& gram : grams) {
    put(bytes, gram.key - last);
    last = gram.key;
  }
  for (const Gram& gram : grams) put(bytes, gram.count);
  return curate::pack(bytes);
}

CharCounts CharCounts::unpack(std::string_view packed, const std::string& where) {
  const std::string bytes = curate::unpack(packed, kLargestPacked, where);
  Numbers in(bytes, where);
  CharCounts counts;
  counts.alphabet.resize(in.next(kMostSymbols));
  for (char32_t& c : counts.alphabet) c = static_cast<char32_t>(in.next(0x10FFFF));
  counts.grams.resize(in.next(std::min<uint64_t>(kMostGrams, in.left())));
  uint64_t last = 0;
  for (Gram& gram : counts.grams) {
    gram.key = last += in.next(kMask - last);
    // A symbol that is not there, or one before the text's beginning, would be read as another.
    bool begun = true;
    for (int i = kOrder - 1; i >= 0; --i) {
      const uint64_t symbol = gram.key >> (kBits * i) & kNone;
      if (symbol == kNone ? i == kOrder - 1 : !begun || symbol > counts.alphabet.size()) {
        fail(ErrorCode::kCorruptData, "{}: the counts are damaged: no symbol {}", where, symbol);
      }
      begun = symbol != kNone;
    }
  }
  for (Gram& gram : counts.grams) gram.count = static_cast<uint32_t>(in.next(UINT32_MAX));
  if (in.left() > 0) fail(ErrorCode::kCorruptData, "{}: bytes after the counts", where);
  return counts;
}

}  // namespace fundi::curate
