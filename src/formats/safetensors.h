#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/files.h"
#include "formats/mapped_tensors.h"
#include "tensor/tensor.h"

namespace fundi::formats {

// safetensors (https://github.com/huggingface/safetensors): u64 little-endian header length, JSON
// header, tensor bytes. A file is untrusted: header size (<= 100 MB), offsets, overlaps, gaps,
// dtype, shape overflow, duplicate names and trailing bytes are checked before anything is used.
// Throws kCorruptData naming the file and the tensor.
class SafetensorsFile {
 public:
  static SafetensorsFile open(const std::filesystem::path& path);
  const std::vector<std::string>& names() const { return tensors_.names(); }  // in file order
  bool has(std::string_view name) const { return tensors_.has(name); }
  // A view of the mapped file, no copy; throws kNotFound naming file and tensor.
  Tensor tensor(std::string_view name) const { return tensors_.tensor(name); }
  const std::map<std::string, std::string>& metadata() const { return metadata_; }

 private:
  MappedTensors tensors_;
  std::map<std::string, std::string> metadata_;
};

struct NamedTensor {
  std::string name;
  Tensor tensor;  // host memory
  // What it is converted to while it is written, so that only one conversion is in memory.
  std::optional<DType> stored_as = std::nullopt;
  DType dtype() const { return stored_as.value_or(tensor.dtype()); }
  uint64_t bytes() const { return byte_size(dtype(), tensor.elements()); }
};

// Writes in the given order, 8-byte aligned header, atomically; the same tensors give the same
// bytes.
// `on_written` hears of each tensor.
void write_safetensors(const std::filesystem::path& path, const std::vector<NamedTensor>& tensors,
                       const std::map<std::string, std::string>& metadata = {{"format", "pt"}},
                       const std::function<void(uint64_t bytes)>& on_written = {});

// A model's weights in a folder: model.safetensors, or shards with model.safetensors.index.json.
class SafetensorsModel {
 public:
  // Throws kNotFound where the folder has neither; checks that the index and the shards agree.
  static SafetensorsModel open(const std::filesystem::path& directory);
  std::vector<std::string> names() const;
  bool has(std::string_view name) const;
  Tensor tensor(std::string_view name) const;

 private:
  std::vector<SafetensorsFile> files_;
  std::map<std::string, size_t, std::less<>> file_of_;
};

// One file, or shards of at most `shard_bytes` with an index, named as Hugging Face names them.
// Write into an AtomicDirectory for all-or-nothing.
void write_safetensors_model(const std::filesystem::path& directory,
                             const std::vector<NamedTensor>& tensors,
                             uint64_t shard_bytes = 5'000'000'000,
                             const std::function<void(uint64_t bytes)>& on_written = {});

}  // namespace fundi::formats
