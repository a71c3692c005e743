#include "tensor/tensor.h"

#include <utility>

#include "base/error.h"

namespace fundi {
namespace {

bool is_host(const Tensor& tensor) { return tensor.device().kind == DeviceKind::kCpu; }

// Bytes of a tensor; dimensions may come from a file and overflow.
size_t checked_bytes(const Shape& shape, DType dtype) {
  const DTypeInfo& i = info(dtype);
  int64_t bytes = i.block_bytes;
  bool overflow = false;
  bool empty = false;
  for (const int64_t dim : shape) {
    empty = empty || dim == 0;
    overflow = overflow || dim < 0 || __builtin_mul_overflow(bytes, dim, &bytes);
  }
  if (empty) return 0;
  if (overflow) {
    fail(ErrorCode::kInvalidArgument, "a tensor of shape {} does not fit any memory",
         shape.to_string());
  }
  if (shape.elements() % i.block_elements != 0) {
    fail(ErrorCode::kInvalidArgument, "shape {} does not fill blocks of {} elements of {}",
         shape.to_string(), i.block_elements, i.name);
  }
  return static_cast<size_t>(bytes / i.block_elements);
}

}  // namespace

Buffer::Buffer(size_t bytes, Device device)
    : data_(memory_of(device.kind).allocate(bytes, device.index)), bytes_(bytes), device_(device) {}

Buffer::Buffer(const void* data, size_t bytes, std::shared_ptr<const void> owner)
    : data_(const_cast<void*>(data)), bytes_(bytes), owner_(std::move(owner)) {
  assert(owner_ != nullptr);
}

Buffer::~Buffer() {
  if (owner_ == nullptr) memory_of(device_.kind).release(data_, bytes_, device_.index);
}

Tensor::Tensor(Shape shape, DType dtype, Device device)
    : buffer_(std::make_shared<Buffer>(checked_bytes(shape, dtype), device)),
      shape_(shape),
      dtype_(dtype) {}

Tensor::Tensor(std::shared_ptr<Buffer> buffer, size_t byte_offset, Shape shape, DType dtype)
    : buffer_(std::move(buffer)), offset_(byte_offset), shape_(shape), dtype_(dtype) {
  const size_t bytes = checked_bytes(shape_, dtype_);
  if (buffer_ == nullptr || offset_ > buffer_->bytes() || bytes > buffer_->bytes() - offset_) {
    fail(ErrorCode::kInvalidArgument, "{} {} at byte {} reaches beyond a buffer of {} bytes",
         name(dtype_), shape_.to_string(), offset_, buffer_ ? buffer_->bytes() : 0);
  }
}

Tensor Tensor::zeros(Shape shape, DType dtype, Device device) {
  Tensor t(shape, dtype, device);
  t.zero();
  return t;
}

Tensor Tensor::reshape(Shape shape) const {
  if (checked_bytes(shape, dtype_) != bytes() || shape.elements() != elements()) {
    fail(ErrorCode::kInvalidArgument, "cannot reshape {} to {}", to_string(), shape.to_string());
  }
  Tensor t = *this;
  t.shape_ = shape;
  return t;
}

Tensor Tensor::rows(int64_t begin, int64_t count) const {
  if (shape_.rank() == 0 || begin < 0 || count < 0 || begin > dim(0) || count > dim(0) - begin) {
    fail(ErrorCode::kInvalidArgument, "{} has no {} rows from row {}", to_string(), count, begin);
  }
  Shape row, shape{count};
  for (int i = 1; i < shape_.rank(); ++i) {
    row.push_back(dim(i));
    shape.push_back(dim(i));
  }
  Tensor t = *this;
  t.offset_ += byte_size(dtype_, begin * row.elements());
  t.shape_ = shape;
  return t;
}

void Tensor::zero() const {
  if (!defined() || elements() == 0) return;
  assert(!buffer_->external());
  memory_of(device().kind).set_zero(raw(), bytes(), device().index);
}

Tensor Tensor::to_f32() const {
  if (!is_host(*this)) {
    Tensor host(shape_, dtype_);
    host.copy_from(*this);
    return host.to_f32();
  }
  Tensor t(shape_, DType::kF32);
  convert_elements(raw(), dtype_, t.raw(), DType::kF32, elements());
  return t;
}

Tensor Tensor::as(DType dtype) const {
  if (dtype_ == dtype) return *this;
  assert(is_host(*this));
  Tensor t(shape_, dtype);
  convert_elements(raw(), dtype_, t.raw(), dtype, elements());
  return t;
}

void Tensor::copy_from(const Tensor& source) const {
  if (shape_ != source.shape_ || dtype_ != source.dtype_ || defined() != source.defined()) {
    fail(ErrorCode::kInvalidArgument, "cannot copy {} to {}", source.to_string(), to_string());
  }
  if (!defined() || elements() == 0) return;
  assert(!buffer_->external());
  if (is_host(source)) {
    memory_of(device().kind).copy_from_host(raw(), source.raw(), bytes(), device().index);
  } else if (is_host(*this)) {
    const Device from = source.device();
    memory_of(from.kind).copy_to_host(raw(), source.raw(), bytes(), from.index);
  } else {
    fail(ErrorCode::kUnsupported, "cannot copy {} to {}: one of the two must be host memory",
         source.to_string(), to_string());
  }
}

std::string Tensor::to_string() const {
  if (!defined()) return "undefined";
  return fmt::format("{} {} {}", name(dtype_), shape_.to_string(), device().to_string());
}

}  // namespace fundi
