#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace fundi {

enum class DeviceKind : uint8_t { kCpu, kCuda, kAscend };

struct Device {
  DeviceKind kind = DeviceKind::kCpu;
  int index = 0;
  bool operator==(const Device&) const = default;
  std::string to_string() const;  // "cpu", "cuda:0"
};

// Memory of one device kind. Backends implement it; Buffer is the only caller.
class DeviceMemory {
 public:
  virtual ~DeviceMemory() = default;
  // At least `bytes` bytes aligned to 64, contents undefined. Throws Error(kIo) when exhausted.
  virtual void* allocate(size_t bytes, int index) = 0;
  virtual void release(void* data, size_t bytes, int index) noexcept = 0;
  virtual void copy_to_host(void* host, const void* device, size_t bytes, int index) = 0;
  virtual void copy_from_host(void* device, const void* host, size_t bytes, int index) = 0;
  virtual void set_zero(void* device, size_t bytes, int index) = 0;
};

// Called once a kind by the backend's install function (backends/all.h), before any tensor exists.
void install_memory(DeviceKind kind, DeviceMemory* memory);
// Throws kUnsupported where the kind was not installed. The CPU is always there.
DeviceMemory& memory_of(DeviceKind kind);

// Work on one device runs in order on a stream. The CPU's runs at once.
class Stream {
 public:
  explicit Stream(Device device = {}, void* handle = nullptr) : device_(device), handle_(handle) {}
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
  Device device() const { return device_; }
  void* handle() const { return handle_; }

 private:
  Device device_;
  void* handle_;
};

}  // namespace fundi
