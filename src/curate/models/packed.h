#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace fundi::curate {

// Bytes as one zstd frame that states their number and ends in a checksum.
std::string pack(std::string_view bytes);

// Throws kCorruptData starting with `where` unless it is such a frame, whole, of at most `limit`
// bytes once unpacked.
std::string unpack(std::string_view packed, uint64_t limit, const std::string& where);

}  // namespace fundi::curate
