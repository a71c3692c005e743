#include "text/byte_trie.h"

#include <cassert>

namespace fundi::text {

ByteTrie::ByteTrie() : slots_(16), mask_(15) { first_.fill(kNowhere); }

bool ByteTrie::insert(std::string_view key, int32_t value) {
  assert(!key.empty() && value >= 0);
  uint32_t node = kRoot;
  for (const char c : key) {
    const auto byte = static_cast<unsigned char>(c);
    uint32_t next = step(node, byte);
    if (next == kNowhere) {
      next = static_cast<uint32_t>(values_.size());
      values_.push_back(kNone);
      if (node == kRoot) {
        first_[byte] = next;
      } else {
        if (++edges_ * 2 > slots_.size()) grow();
        size_t i = slot_of(edge(node, byte));
        while (slots_[i].key != 0) i = (i + 1) & mask_;
        slots_[i] = {edge(node, byte), next};
      }
    }
    node = next;
  }
  if (values_[node] != kNone) return false;
  values_[node] = value;
  return true;
}

void ByteTrie::grow() {
  std::vector<Slot> old(slots_.size() * 2);
  old.swap(slots_);
  mask_ = slots_.size() - 1;
  for (const Slot& slot : old) {
    if (slot.key == 0) continue;
    size_t i = slot_of(slot.key);
    while (slots_[i].key != 0) i = (i + 1) & mask_;
    slots_[i] = slot;
  }
}

int32_t ByteTrie::find(std::string_view key) const {
  uint32_t node = kRoot;
  for (const char c : key) {
    node = step(node, static_cast<unsigned char>(c));
    if (node == kNowhere) return kNone;
  }
  return value(node);
}

ByteTrie::Prefix ByteTrie::longest_prefix(std::string_view text) const {
  Prefix best{0, kNone};
  uint32_t node = kRoot;
  for (size_t i = 0; i < text.size(); ++i) {
    node = step(node, static_cast<unsigned char>(text[i]));
    if (node == kNowhere) break;
    if (value(node) != kNone) best = {i + 1, value(node)};
  }
  return best;
}

}  // namespace fundi::text
