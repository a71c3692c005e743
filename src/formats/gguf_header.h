#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "formats/gguf_metadata.h"
#include "tensor/dtype.h"
#include "tensor/shape.h"

namespace fundi::formats {

// What a hostile file may at most make the reader hold. Released files stay below a hundredth.
inline constexpr uint64_t kMaxGgufHeader = 256'000'000;  // bytes before the tensors
inline constexpr uint64_t kMaxGgufKeys = 100'000;
inline constexpr uint64_t kMaxGgufArrayElements = 16'000'000;  // of all arrays together
inline constexpr uint64_t kMaxGgufTensors = 1'000'000;
// llama.cpp's limits; files beyond them would not load there.
inline constexpr size_t kMaxGgufTensorName = 63;
inline constexpr int kMaxGgufRank = 4;
inline constexpr uint64_t kDefaultGgufAlignment = 32;

// Where one tensor lies: at byte `offset` counted from GgufHeader::data_offset. The shape is in our
// order, the file's reversed: the last dimension is contiguous.
struct GgufEntry {
  std::string name;
  DType dtype = DType::kF32;
  Shape shape;
  uint64_t offset = 0;
};

struct GgufHeader {
  uint32_t version = 3;
  uint64_t alignment = kDefaultGgufAlignment;  // general.alignment
  uint64_t data_offset = 0;                    // of the first tensor byte in the file
  GgufMetadata metadata;
  std::vector<GgufEntry> entries;  // in file order; each at the next aligned offset
};

// Parses and checks the head of a whole file (`file` is all of it; tensors are not read). Versions
// 2 and 3, little-endian. Time O(n log n) and memory O(n) in the head, within the limits above.
// `origin` starts every message. Throws kCorruptData, or kUnsupported for a well-formed tensor of a
// type that fundi does not hold (such as IQ4_NL).
GgufHeader parse_gguf_header(std::span<const std::byte> file, std::string_view origin);

// The bytes of a file up to its first tensor, for version 3; fills in the entries' offsets. Throws
// kInvalidArgument for what the format or llama.cpp refuses.
std::string make_gguf_header(const GgufMetadata& metadata, std::vector<GgufEntry>& entries,
                             std::string_view origin);

// general.alignment of a file to be written, or the default. Throws kInvalidArgument where it is no
// power of two up to 1 MiB.
uint64_t gguf_alignment(const GgufMetadata& metadata, std::string_view origin);

inline uint64_t align_up(uint64_t offset, uint64_t alignment) {
  return (offset + alignment - 1) / alignment * alignment;
}

}  // namespace fundi::formats
