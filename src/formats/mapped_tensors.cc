#include "formats/mapped_tensors.h"

#include <cstring>

#include "base/error.h"
#include "formats/quote_name.h"

namespace fundi::formats {

MappedTensors::MappedTensors(std::shared_ptr<const MappedFile> file)
    : file_(std::move(file)),
      buffer_(std::make_shared<Buffer>(file_->bytes().data(), file_->bytes().size(), file_)) {}

void MappedTensors::add(const std::string& name, uint64_t offset, const Shape& shape, DType dtype) {
  names_.push_back(name);
  tensors_.emplace(name, Tensor(buffer_, offset, shape, dtype));
}

bool MappedTensors::has(std::string_view name) const {
  return tensors_.find(name) != tensors_.end();
}

Tensor MappedTensors::tensor(std::string_view name) const {
  const auto found = tensors_.find(name);
  if (found == tensors_.end()) {
    fail(ErrorCode::kNotFound, "{}: no tensor {}", file_->path().string(), quote_name(name));
  }
  const Tensor& view = found->second;
  // A writer may put an F32 behind an odd number of bytes; typed access would then be undefined
  // behaviour. Blocks begin with an f16.
  const auto alignment = is_block_quantised(view.dtype())
                             ? alignof(Float16)
                             : static_cast<size_t>(info(view.dtype()).block_bytes);
  if (reinterpret_cast<uintptr_t>(view.raw()) % alignment == 0) return view;
  Tensor copy(view.shape(), view.dtype());
  if (view.bytes() > 0) std::memcpy(copy.raw(), view.raw(), view.bytes());
  return copy;
}

}  // namespace fundi::formats
