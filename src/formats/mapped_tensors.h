#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/files.h"
#include "tensor/tensor.h"

namespace fundi::formats {

// Tensors of one mapped file, by name.
class MappedTensors {
 public:
  MappedTensors() = default;
  explicit MappedTensors(std::shared_ptr<const MappedFile> file);
  // The caller has checked that the bytes lie in the file and that the name is a new one.
  void add(const std::string& name, uint64_t offset, const Shape& shape, DType dtype);

  const std::vector<std::string>& names() const { return names_; }  // in the order of add()
  bool has(std::string_view name) const;
  // A view of the file, no copy where the elements are aligned; throws kNotFound naming file and
  // tensor.
  Tensor tensor(std::string_view name) const;

 private:
  std::shared_ptr<const MappedFile> file_;
  std::shared_ptr<Buffer> buffer_;
  std::vector<std::string> names_;
  std::map<std::string, Tensor, std::less<>> tensors_;
};

}  // namespace fundi::formats
