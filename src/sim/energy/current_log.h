// The virtual logger: a PowerTrace as samples of the supply current and the trace pins, and the
// analysis of such samples, ours or a real logger's.
//
// The logger of Heim (2021) takes 64,000 samples a second of current, voltage and digital channels;
// a sample here is the mean current over its 1/64000 s and the level of each pin at its beginning.
// An inference is what lies between a pin's rise and fall. docs/energy.md describes the file and
// how far sampling lets the result differ from the exact integral.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "sim/energy/power_trace.h"
#include "sim/profile/pins.h"

namespace thimble::sim {

inline constexpr uint32_t kSamplesPerSecond = 64'000;

// CSV: "time_s,current_ma,voltage_v" and a column for each pin that changed. The last sample may
// reach beyond the end of the trace; what it lacks counts as asleep. Errors: kLimit (too long).
base::Result<std::string> current_log_csv(const PowerTrace& trace, PinNaming naming);

// Samples of one channel.
struct CurrentLog {
  std::vector<double> time_s;
  std::vector<double> power_mw;
  std::vector<bool> high;
};

// Reads the columns time_s, current_ma, voltage_v and `channel`; others are skipped. Errors:
// kMalformed (line and column), kNotFound (no such column; the hint lists them).
base::Result<CurrentLog> read_current_log(std::string_view csv, std::string_view channel);

struct LoggedInference {
  double start_s = 0;
  double duration_s = 0;
  double energy_uj = 0;
};

// Each stretch of samples in which the channel is high. One that the log begins or ends with is cut
// off and left out.
std::vector<LoggedInference> find_inferences(const CurrentLog& log);

}  // namespace thimble::sim
