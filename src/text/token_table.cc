#include "text/token_table.h"

#include <bit>
#include <cassert>

#include "base/error.h"
#include "base/hash.h"

namespace fundi::text {

void TokenTable::set(int32_t id, std::string_view token) {
  assert(id >= 0 && !has(id));
  if (bytes_.size() + token.size() >= kAbsent) {
    fail(ErrorCode::kCorruptData, "a vocabulary of more than 4 GB of text");
  }
  if (id >= size()) spans_.resize(static_cast<size_t>(id) + 1);
  spans_[static_cast<size_t>(id)] = {static_cast<uint32_t>(bytes_.size()),
                                     static_cast<uint32_t>(token.size())};
  bytes_.append(token);
}

bool TokenIndex::insert(const TokenTable& table, int32_t id) {
  if (count_ * 2 >= slots_.size()) grow(table);
  const std::string_view token = table.at(id);
  const uint64_t hash = hash64(token);
  const auto tag = static_cast<uint32_t>(hash >> 32);
  const size_t mask = slots_.size() - 1;
  for (size_t i = hash & mask;; i = (i + 1) & mask) {
    Slot& slot = slots_[i];
    if (slot.id == TokenTable::kNone) {
      slot = {tag, id};
      ++count_;
      return true;
    }
    if (slot.tag == tag && table.at(slot.id) == token) return false;
  }
}

int32_t TokenIndex::find(const TokenTable& table, std::string_view token) const {
  if (slots_.empty()) return TokenTable::kNone;
  const uint64_t hash = hash64(token);
  const auto tag = static_cast<uint32_t>(hash >> 32);
  const size_t mask = slots_.size() - 1;
  for (size_t i = hash & mask;; i = (i + 1) & mask) {
    const Slot& slot = slots_[i];
    if (slot.id == TokenTable::kNone) return TokenTable::kNone;
    if (slot.tag == tag && table.at(slot.id) == token) return slot.id;
  }
}

void TokenIndex::grow(const TokenTable& table) {
  std::vector<Slot> old(slots_.empty() ? 1024 : slots_.size() * 2);
  old.swap(slots_);
  const size_t mask = slots_.size() - 1;
  for (const Slot& slot : old) {
    if (slot.id == TokenTable::kNone) continue;
    size_t i = hash64(table.at(slot.id)) & mask;
    while (slots_[i].id != TokenTable::kNone) i = (i + 1) & mask;
    slots_[i] = slot;
  }
}

void MergeTable::reserve(size_t merges) {
  slots_.assign(std::bit_ceil(merges + merges / 2 + 2), Slot{});
  mask_ = slots_.size() - 1;
}

void MergeTable::set(int32_t left, int32_t right, Merge merge) {
  const uint64_t key = key_of(left, right);
  size_t i = slot_of(key);
  while (slots_[i].key != key && slots_[i].key != kEmpty) i = (i + 1) & mask_;
  slots_[i] = {key, merge};
}

}  // namespace fundi::text
