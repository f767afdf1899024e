// Firmware that a vendor submitted to MLPerf Tiny, run on the simulated board as on the real one:
// commands over the serial port, and the time between the timestamps that the firmware prints.
#pragma once

#include <filesystem>
#include <string>

#include "base/result.h"

namespace thimble::accuracy {

struct InferenceTime {
  double cycles = 0;        // of the simulator, per inference
  double milliseconds = 0;  // of the firmware's own timer, per inference
};

// Errors: those of loading the firmware; kFault (it did not answer, or ended).
base::Result<InferenceTime> time_inference(const std::filesystem::path& firmware,
                                           const std::string& board);

}  // namespace thimble::accuracy
