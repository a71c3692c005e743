#pragma once

#include <cstddef>
#include <cstdint>

#include "tensor/device.h"

namespace fundi {

// Host memory behind every CPU tensor. Blocks of 64 KiB and more are mapped, with huge pages where
// they pay, and kept when released, because a training step that returned its activations to the
// system would fault every page in anew. Blocks in use and kept together never exceed what was in
// use at the highest moment (by more than an eighth), so that keeping does not raise peak memory.
// Thread-safe; lives as long as the process.
DeviceMemory& cpu_memory();

// Returns every kept block to the system: after loading a model, between stages.
void trim_cpu_memory();

struct CpuMemoryStats {
  size_t live_bytes = 0;    // in use, as rounded up
  size_t peak_bytes = 0;    // the most that was ever in use
  size_t cached_bytes = 0;  // released and kept
  uint64_t reused = 0;      // allocations served from kept blocks
  uint64_t mapped = 0;      // allocations that went to the system
};
CpuMemoryStats cpu_memory_stats();

}  // namespace fundi
