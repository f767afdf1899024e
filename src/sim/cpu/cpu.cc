#include "sim/cpu/cpu.h"

namespace thimble::sim {

base::Result<CpuModel> cpu_model(std::string_view core_name) {
  struct Row {
    std::string_view name;
    CpuModel model;
  };
  // The M0+ has the instructions of the M0 and differs only in time.
  constexpr Row kRows[] = {
      {"cortex-m0", CpuModel::kCortexM0}, {"cortex-m0plus", CpuModel::kCortexM0},
      {"cortex-m3", CpuModel::kCortexM3}, {"cortex-m4", CpuModel::kCortexM4},
      {"cortex-m7", CpuModel::kCortexM7}, {"cortex-m33", CpuModel::kCortexM33},
  };
  for (const Row& row : kRows)
    if (row.name == core_name) return row.model;
  return base::fail(base::ErrorCode::kUnsupported, "no simulated processor for core {}", core_name);
}

Registers Cpu::read_registers() const {
  Registers registers;
  for (size_t i = 0; i < registers.size(); ++i) registers[i] = read_register(static_cast<int>(i));
  return registers;
}

}  // namespace thimble::sim
