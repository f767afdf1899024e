// Carries what the program's registers say about the memories to the model of their time.
//
// A board file describes the memories as a start-up code sets them up, so that firmware without
// one is measured as well. A setting therefore counts from the moment the program changes it.
#pragma once

#include <optional>

#include "sim/soc/devices.h"
#include "sim/soc/memory_timing.h"

namespace thimble::sim {

class MemorySettings {
 public:
  // Both must outlive this. `code_memory`: the flash, by its index in the board.
  MemorySettings(const Devices& devices, MemoryTiming& timing, size_t code_memory);

  // After the program wrote to a device.
  void update();

 private:
  void update_accelerator();
  void update_core_caches();

  const Devices& devices_;
  MemoryTiming& timing_;
  size_t code_memory_;
  std::optional<FlashAccelerator> accelerator_;
  bool instruction_cache_;
  bool data_cache_;
};

}  // namespace thimble::sim
