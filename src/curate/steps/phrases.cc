#include "curate/steps/phrases.h"

#include <bit>
#include <cassert>

namespace fundi::curate {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool begins_with(std::string_view text, size_t at, std::string_view phrase) {
  if (text.size() - at < phrase.size()) return false;
  for (size_t i = 0; i < phrase.size(); ++i) {
    if (lower(text[at + i]) != phrase[i]) return false;
  }
  return true;
}

}  // namespace

PhraseFinder::PhraseFinder(std::span<const std::string_view> phrases) : phrases_(phrases) {
  assert(phrases.size() * kHead <= 64);
  for (size_t i = 0; i < phrases.size(); ++i) {
    assert(phrases[i].size() >= kHead);
    for (size_t k = 0; k < kHead; ++k) {
      const uint64_t bit = uint64_t{1} << (i * kHead + k);
      const char c = phrases[i][k];
      masks_[static_cast<unsigned char>(c)] |= bit;
      if (c >= 'a' && c <= 'z') masks_[static_cast<unsigned char>(c - 'a' + 'A')] |= bit;
      if (k == 0) starts_ |= bit;
      if (k == kHead - 1) ends_ |= bit;
    }
  }
}

PhraseFinder::Match PhraseFinder::find(std::string_view text, size_t from) const {
  uint64_t state = 0;
  for (size_t pos = from; pos < text.size(); ++pos) {
    state = ((state << 1) | starts_) & masks_[static_cast<unsigned char>(text[pos])];
    for (uint64_t ends = state & ends_; ends != 0; ends &= ends - 1) {
      const size_t phrase = static_cast<size_t>(std::countr_zero(ends)) / kHead;
      const size_t begin = pos + 1 - kHead;
      if (begins_with(text, begin, phrases_[phrase])) return {begin, phrase};
    }
  }
  return {text.size(), kNone};
}

}  // namespace fundi::curate
