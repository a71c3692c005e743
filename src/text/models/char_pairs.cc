#include "text/models/char_pairs.h"

namespace fundi::text {

void CharPairs::add(char32_t left, char32_t right) {
  if (contains(left, right)) return;
  if ((left | right) < 128) {
    ascii_[left << 7 | right] = true;
    return;
  }
  const auto place = [&](uint64_t key) {
    size_t i = slot_of(key);
    while (slots_[i] != 0) i = (i + 1) & mask_;
    slots_[i] = key;
  };
  if (++count_ * 2 > slots_.size()) {
    std::vector<uint64_t> old(slots_.size() * 2);
    old.swap(slots_);
    mask_ = slots_.size() - 1;
    for (const uint64_t key : old) {
      if (key != 0) place(key);
    }
  }
  place(key_of(left, right));
}

}  // namespace fundi::text
