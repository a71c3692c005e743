#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace fundi::curate {

// Finds a few fixed phrases of lower-case ASCII, in any case, in one pass over a text: the heads of
// all phrases (up to four bytes) are looked for at once, a bit for each byte (Shift-And).
class PhraseFinder {
 public:
  // At most 16 of them, each of at least four bytes, with static storage.
  explicit PhraseFinder(std::span<const std::string_view> phrases);
  static constexpr size_t kNone = SIZE_MAX;
  struct Match {
    size_t begin, phrase;
  };
  // The first match that begins at or after `from`; its phrase is kNone where there is none.
  Match find(std::string_view text, size_t from) const;

 private:
  static constexpr size_t kHead = 4;
  std::span<const std::string_view> phrases_;
  std::array<uint64_t, 256> masks_{};
  uint64_t starts_ = 0, ends_ = 0;
};

}  // namespace fundi::curate
