// What `thimble sim` prints: for people, and as JSON.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "board/board.h"
#include "sim/energy/current_log.h"
#include "sim/energy/power_trace.h"
#include "sim/profile/breakdown.h"
#include "sim/profile/session.h"

namespace thimble::cli {

struct SimReport {
  std::string firmware;
  board::Board board;
  int timing_version = 0;
  sim::SessionResult result;
  std::string output;      // of the program, by semihosting,
  std::string uart;        // by its serial ports, when they are shown,
  std::string trace_text;  // by port 0 of the trace unit (ITM)
  std::string from, to;
  std::string from_pin, to_pin;
  std::optional<sim::PassStatistics> pin_passes;
  std::vector<sim::LineCost> lines;  // empty: not asked for
  size_t top = 0;                    // rows of each table
};

// 0 to 255: the program's own exit code, or one that says how else the run ended.
int exit_status(const sim::Stop& stop);

void print_sim(const SimReport& report);
nlohmann::ordered_json sim_json(const SimReport& report);  // thimble-sim/1, docs/json.md

}  // namespace thimble::cli
