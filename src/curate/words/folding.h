#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace fundi::curate {

// What simplify() makes of each character by itself.
class Folding {
 public:
  static const Folding& get();  // built at the first call; thread-safe

  // Of each ASCII byte: one byte, ' ' for what is a gap between words.
  const std::array<char, 128>& ascii() const { return ascii_; }

  // The code point that stands for `c`, U' ' for a gap, or one of the following.
  static constexpr uint32_t kNothing = 0;
  static constexpr uint32_t kSeveral = 1u << 31;  // more than one: several(this)
  uint32_t of(char32_t c) const { return c < of_.size() ? of_[c] : compute(c); }
  std::string_view several(uint32_t entry) const { return several_[entry & ~kSeveral]; }

 private:
  Folding();
  static uint32_t compute(char32_t c);  // requires that it is not several

  std::array<char, 128> ascii_{};
  std::vector<uint32_t> of_;  // of the planes that have letters with more than one part
  std::vector<std::string> several_;
};

}  // namespace fundi::curate
