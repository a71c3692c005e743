#pragma once

#include <cstdint>

namespace fundi::text {

// Unicode general categories as the bits pre-tokenizers ask for; each code point has one bit or
// none. Unicode 16 (unicode_data.h).
enum CharClass : uint8_t {
  kUpper = 1,         // Lu, Lt
  kLower = 2,         // Ll
  kCaseless = 4,      // Lm, Lo
  kMark = 8,          // M
  kNumber = 16,       // N
  kPunctuation = 32,  // P
  kSymbol = 64,       // S
  kSpace = 128,       // White_Space
  kLetter = kUpper | kLower | kCaseless,
};

// One byte a code point, U+0000 to U+10FFFF. Built at the first call; thread-safe.
const uint8_t* char_classes();

}  // namespace fundi::text
