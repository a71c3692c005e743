#pragma once

#include <cstdint>

namespace fundi::blocks {

inline constexpr int kGroups = 8;          // of a q4_k or q5_k super-block
inline constexpr int kGroup = 32;          // elements of one
inline constexpr int kMaxGroupScale = 63;  // six bits

// The 6-bit scales and minima of the eight groups in their 12 bytes: of groups 0 to 3 in the low
// bits of bytes 0 to 3 (scales) and 4 to 7 (minima); of groups 4 to 7 the low nibbles in bytes 8 to
// 11 (scale low, minimum high), their top bits above those of groups 0 to 3.
struct GroupScales {
  uint8_t scale[kGroups], min[kGroups];
};

inline GroupScales unpack_group_scales(const uint8_t (&bytes)[12]) {
  GroupScales s;
  for (int g = 0; g < 4; ++g) {
    s.scale[g] = bytes[g] & 63;
    s.min[g] = bytes[g + 4] & 63;
    s.scale[g + 4] = static_cast<uint8_t>((bytes[g + 8] & 15) | bytes[g] >> 6 << 4);
    s.min[g + 4] = static_cast<uint8_t>(bytes[g + 8] >> 4 | bytes[g + 4] >> 6 << 4);
  }
  return s;
}

inline void pack_group_scales(const GroupScales& s, uint8_t (&bytes)[12]) {
  for (int g = 0; g < 4; ++g) {
    bytes[g] = static_cast<uint8_t>(s.scale[g] | s.scale[g + 4] >> 4 << 6);
    bytes[g + 4] = static_cast<uint8_t>(s.min[g] | s.min[g + 4] >> 4 << 6);
    bytes[g + 8] = static_cast<uint8_t>((s.scale[g + 4] & 15) | (s.min[g + 4] & 15) << 4);
  }
}

}  // namespace fundi::blocks
