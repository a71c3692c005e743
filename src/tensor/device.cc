#include "tensor/device.h"

#include <array>
#include <atomic>
#include <string_view>

#include "base/error.h"
#include "tensor/cpu_memory.h"

namespace fundi {
namespace {

constexpr std::array<std::string_view, 3> kNames = {"cpu", "cuda", "ascend"};

std::array<std::atomic<DeviceMemory*>, kNames.size()>& installed() {
  static std::array<std::atomic<DeviceMemory*>, kNames.size()> memories{};
  return memories;
}

}  // namespace

std::string Device::to_string() const {
  const std::string_view name = kNames[static_cast<size_t>(kind)];
  return kind == DeviceKind::kCpu ? std::string(name) : fmt::format("{}:{}", name, index);
}

void install_memory(DeviceKind kind, DeviceMemory* memory) {
  installed()[static_cast<size_t>(kind)].store(memory, std::memory_order_release);
}

DeviceMemory& memory_of(DeviceKind kind) {
  DeviceMemory* memory = installed()[static_cast<size_t>(kind)].load(std::memory_order_acquire);
  if (memory != nullptr) return *memory;
  if (kind == DeviceKind::kCpu) return cpu_memory();
  fail(ErrorCode::kUnsupported,
       "device {}: this build has no {} support, or no such device is there",
       kNames[static_cast<size_t>(kind)], kNames[static_cast<size_t>(kind)]);
}

}  // namespace fundi
