#include "ops/kernel_table.h"

#include <array>

#include "base/error.h"

namespace fundi::ops {
namespace {

constexpr size_t kDeviceKinds = 3;
std::array<const KernelTable*, kDeviceKinds>& tables() {
  static std::array<const KernelTable*, kDeviceKinds> installed{};
  return installed;
}

}  // namespace

void install_kernels(DeviceKind kind, const KernelTable* table) {
  tables()[static_cast<size_t>(kind)] = table;
}

const KernelTable& kernels_of(Device device) {
  const KernelTable* table = tables()[static_cast<size_t>(device.kind)];
  if (table == nullptr) {
    fail(ErrorCode::kUnsupported, "{}: this build has no kernels for the device",
         device.to_string());
  }
  return *table;
}

void fail_unsupported(const char* op, Device device) {
  fail(ErrorCode::kUnsupported, "{}: not available on {}", op, device.to_string());
}

}  // namespace fundi::ops
