#include "curate/models/char_model.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "curate/models/folds.h"

namespace fundi::curate {
namespace {

constexpr int kOrder = CharCounts::kOrder, kBits = CharCounts::kBits;

uint64_t tagged(int order, uint64_t gram) { return static_cast<uint64_t>(order) << 60 | gram; }
uint64_t low(int symbols) { return (uint64_t{1} << (kBits * symbols)) - 1; }

// Calls body(order, gram, count) for the grams of each order.
template <typename Body>
void for_each_gram(const CharCounts& counts, Body body) {
  for (int order = 1; order <= kOrder; ++order) {
    const int cut = kBits * (kOrder - order);
    for (size_t i = 0; i < counts.grams.size();) {
      const uint64_t gram = counts.grams[i].key >> cut;
      uint64_t n = 0;
      for (; i < counts.grams.size() && counts.grams[i].key >> cut == gram; ++i) {
        n += counts.grams[i].count;
      }
      if ((gram & CharCounts::kNone) != CharCounts::kNone) body(order, gram, n);
    }
  }
}

}  // namespace

CharModel::CharModel(const CharCounts& counts) {
  symbols_.resize(0x110000);
  for (size_t i = 0; i < counts.alphabet.size(); ++i) {
    symbols_[counts.alphabet[i]] = static_cast<uint16_t>(i + 1);
  }
  std::vector<uint64_t> keys;
  for_each_gram(counts, [&](int order, uint64_t gram, uint64_t) {
    keys.push_back(tagged(order, gram));
    if (order > 1) keys.push_back(tagged(order - 1, gram & low(order - 1)));
  });
  make_slots(std::move(keys));
  struct Followers {
    uint64_t n = 0, different = 0;
    double all() const { return static_cast<double>(n + different); }
  };
  std::vector<Followers> after(slots_.size());
  Followers anywhere;
  const auto history = [&](int order, uint64_t gram) -> Followers& {
    return order == 1 ? anywhere : after[slot_of(tagged(order - 1, gram & low(order - 1)))];
  };
  for_each_gram(counts, [&](int order, uint64_t gram, uint64_t n) {
    Followers& followers = history(order, gram);
    followers.n += n;
    ++followers.different;
  });
  for_each_gram(counts, [&](int order, uint64_t gram, uint64_t n) {
    slots_[slot_of(tagged(order, gram))].share =
        static_cast<float>(static_cast<double>(n) / history(order, gram).all());
  });
  for (size_t i = 0; i < slots_.size(); ++i) {
    if (after[i].n == 0) continue;
    slots_[i].rest = static_cast<float>(static_cast<double>(after[i].different) / after[i].all());
  }
  if (anywhere.n > 0) rest_ = static_cast<double>(anywhere.different) / anywhere.all();
  uniform_ = 1 / static_cast<double>(counts.alphabet.size() + 1);
}

void CharModel::make_slots(std::vector<uint64_t> keys) {
  std::sort(keys.begin(), keys.end());
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
  const size_t size = std::bit_ceil(keys.size() + keys.size() / 2 + 2);
  slots_.resize(size);
  shift_ = 64 - std::countr_zero(size);
  for (const uint64_t key : keys) slots_[slot_of(key)].key = key;
}

// Of the key, or the empty one where it would stand.
inline size_t CharModel::slot_of(uint64_t key) const {
  size_t slot = (key ^ key >> 29) * 0x9E3779B97F4A7C15ULL >> shift_;
  while (slots_[slot].key != key && slots_[slot].key != 0) slot = (slot + 1) & (slots_.size() - 1);
  return slot;
}

// Walks along a text; what the grams that end at one character leave over is what the next needs.
struct CharModel::Scorer {
  const CharModel& model;
  uint64_t key = low(kOrder);
  double rests[kOrder] = {};  // of the histories of each length
  int known = 0;              // the longest history that the model has

  double next(uint64_t symbol) {
    key = key >> kBits | symbol << (kBits * (kOrder - 1));
    double p = model.uniform_;
    double now[kOrder] = {};
    int found = 0;
    for (int order = 1; order <= known + 1; ++order) {
      float share = 0;
      if (found == order - 1) {  // every gram's shorter ones are there too
        const uint64_t wanted = tagged(order, key >> (kBits * (kOrder - order)));
        const Slot& slot = model.slots_[model.slot_of(wanted)];
        if (slot.key == wanted) {
          share = slot.share;
          if (order < kOrder) now[order] = slot.rest;
          found = order;
        }
      }
      p = share + (order == 1 ? model.rest_ : rests[order - 1]) * p;
    }
    std::copy(std::begin(now), std::end(now), rests);
    known = std::min(found, kOrder - 1);
    return symbol == CharCounts::kUnknown ? p / kOthers : p;
  }
};

CharModel::Score CharModel::score(std::string_view text) const {
  Score score;
  Scorer scorer{.model = *this};
  scorer.next(symbols_[' ']);
  double product = 1;  // of probabilities: fewer logarithms
  for_each_folded(text, [&](char32_t c) {
    product *= scorer.next(symbols_[c]);
    ++score.characters;
    if (product < 1e-200) {
      score.bits -= std::log2(product);
      product = 1;
    }
  });
  score.bits -= std::log2(product);
  return score;
}

double CharModel::Score::perplexity() const {
  if (characters == 0) return std::numeric_limits<double>::quiet_NaN();
  return std::exp2(bits_per_character());
}

}  // namespace fundi::curate
