#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tensor/dtype.h"
#include "tensor/shape.h"

namespace fundi::formats {

// The reference implementation's limit; also ours for the index of a sharded model.
inline constexpr uint64_t kMaxSafetensorsHeader = 100'000'000;

// Where one tensor lies: bytes [begin, end) counted from SafetensorsHeader::data_offset.
struct SafetensorsEntry {
  std::string name;
  DType dtype = DType::kF32;
  Shape shape;
  uint64_t begin = 0, end = 0;
};

struct SafetensorsHeader {
  uint64_t data_offset = 0;               // of the first tensor byte in the file
  std::vector<SafetensorsEntry> entries;  // by position; they cover the data without gap or overlap
  std::map<std::string, std::string> metadata;
};

// Parses and checks the header of a whole file (`file` is all of it; only the header is read).
// Never builds a tree: events are checked as they come, time O(n log n) and memory O(n) in the
// header. `origin` starts every message. Throws kCorruptData, or kUnsupported for a well-formed
// tensor that a Tensor cannot hold (a dtype such as F64, more than Shape::kMaxRank dimensions).
SafetensorsHeader parse_safetensors_header(std::span<const std::byte> file,
                                           std::string_view origin);

// "weight_map" of a model.safetensors.index.json: tensor -> shard. Shards are plain file names
// ending in ".safetensors" (no folders, so no way out of the model's). Throws kCorruptData.
std::map<std::string, std::string> parse_safetensors_index(std::string_view text,
                                                           std::string_view origin);

}  // namespace fundi::formats
