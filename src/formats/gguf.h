#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/files.h"
#include "formats/gguf_header.h"
#include "formats/mapped_tensors.h"

namespace fundi::formats {

// GGUF (https://github.com/ggml-org/ggml/blob/master/docs/gguf.md): metadata and tensors of one
// model in one file. A file is untrusted; gguf_header.h tells what is checked. Throws kCorruptData
// and kUnsupported naming the file and the key or tensor.
class GgufFile {
 public:
  static GgufFile open(const std::filesystem::path& path);
  const GgufMetadata& metadata() const { return header_.metadata; }
  uint32_t version() const { return header_.version; }
  const std::vector<std::string>& names() const { return tensors_.names(); }  // in file order
  bool has(std::string_view name) const { return tensors_.has(name); }
  // A view of the mapped file, no copy; throws kNotFound naming file and tensor.
  Tensor tensor(std::string_view name) const { return tensors_.tensor(name); }

 private:
  GgufHeader header_;
  MappedTensors tensors_;
};

// Writes a version 3 file tensor by tensor, so that only one of them need be in memory; the same
// input gives the same bytes. Nothing is visible under the name before commit().
class GgufWriter {
 public:
  // Names, types and shapes of all tensors, in the order in which they will come.
  GgufWriter(const std::filesystem::path& path, const GgufMetadata& metadata,
             std::vector<GgufEntry> entries);
  // The next tensor, in host memory; kInvalidArgument where it is not the one announced.
  void write(const Tensor& tensor);
  // kInvalidArgument where tensors are missing.
  void commit();

 private:
  void pad(uint64_t offset);
  std::string origin_;
  uint64_t alignment_;
  std::vector<GgufEntry> entries_;
  AtomicFile file_;
  uint64_t written_ = 0;  // bytes of data
  size_t next_ = 0;
};

}  // namespace fundi::formats
