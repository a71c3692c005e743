#pragma once

#include <algorithm>
#include <memory>
#include <span>
#include <string>

#include "tensor/device.h"
#include "tensor/dtype.h"
#include "tensor/shape.h"

namespace fundi {

// A block of device memory, released when the last Tensor that uses it goes.
class Buffer {
 public:
  Buffer(size_t bytes, Device device);
  // Memory that somebody else owns (a mapped file); `owner` is kept alive. Read-only by convention:
  // ops never write to a tensor they were given as input.
  Buffer(const void* data, size_t bytes, std::shared_ptr<const void> owner);
  ~Buffer();
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;
  void* data() const { return data_; }
  size_t bytes() const { return bytes_; }
  Device device() const { return device_; }
  bool external() const { return owner_ != nullptr; }

 private:
  void* data_ = nullptr;
  size_t bytes_ = 0;
  Device device_;
  std::shared_ptr<const void> owner_;
};

// A dense row-major view of a Buffer. Copying a Tensor copies the handle, not the elements. A
// default Tensor is empty: no buffer, defined() is false.
class Tensor {
 public:
  Tensor() = default;
  Tensor(Shape shape, DType dtype, Device device = {});  // uninitialised
  Tensor(std::shared_ptr<Buffer> buffer, size_t byte_offset, Shape shape, DType dtype);
  static Tensor zeros(Shape shape, DType dtype, Device device = {});
  // A host tensor that copies `values`.
  template <typename T>
  static Tensor from(std::span<const T> values, Shape shape);

  bool defined() const { return buffer_ != nullptr; }
  const Shape& shape() const { return shape_; }
  int64_t dim(int i) const { return shape_[i]; }
  int64_t elements() const { return shape_.elements(); }
  DType dtype() const { return dtype_; }
  Device device() const { return buffer_ ? buffer_->device() : Device{}; }
  size_t bytes() const { return byte_size(dtype_, elements()); }
  const std::shared_ptr<Buffer>& buffer() const { return buffer_; }

  void* raw() const {
    return buffer_ ? static_cast<std::byte*>(buffer_->data()) + offset_ : nullptr;
  }
  // Elements as T; asserts that T is the dtype. For host code and CPU kernels.
  template <typename T>
  T* data() const {
    assert(dtype_of<T>() == dtype_);
    return static_cast<T*>(raw());
  }
  template <typename T>
  std::span<T> span() const {
    return {data<T>(), static_cast<size_t>(elements())};
  }

  Tensor reshape(Shape shape) const;                // same elements
  Tensor rows(int64_t begin, int64_t count) const;  // slice of the first dimension
  void zero() const;
  Tensor to_f32() const;  // host, any float dtype -> f32 copy
  // The tensor itself where it is of that type, else a converted copy. Host memory.
  Tensor as(DType dtype) const;
  // Same shape and dtype; at least one of the two in host memory.
  void copy_from(const Tensor& source) const;
  std::string to_string() const;  // "bf16 [2, 3] cpu"

 private:
  std::shared_ptr<Buffer> buffer_;
  size_t offset_ = 0;
  Shape shape_;
  DType dtype_ = DType::kF32;
};

// Converts n host elements between float dtypes (parallel, vectorised by the compiler), from any
// block-quantised type to a float one, and from f32 to those types that have a quantiser. Blocks
// are whole; an unsupported pair is kInvalidArgument.
void convert_elements(const void* from, DType from_dtype, void* to, DType to_dtype, int64_t n);

template <typename T>
Tensor Tensor::from(std::span<const T> values, Shape shape) {
  Tensor t(shape, dtype_of<T>());
  assert(static_cast<int64_t>(values.size()) == t.elements());
  std::copy(values.begin(), values.end(), t.data<T>());
  return t;
}

}  // namespace fundi
