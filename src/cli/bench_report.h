// What `thimble bench` prints.
#pragma once

#include <nlohmann/json.hpp>

#include "board/board.h"
#include "decide/battery.h"
#include "measure/measurement.h"

namespace thimble::cli {

// The table of layers and the figures of the whole network, on standard output.
void print_bench(const measure::Measurement& measurement, const board::Board& board);

// Schema thimble-bench/1, described in docs/json.md.
nlohmann::ordered_json bench_json(const measure::Measurement& measurement);

// How long a cell lasts with an inference in every period; "battery" of the JSON.
void print_battery(const decide::Cell& cell, double period_s, const decide::BatteryLife& life);
nlohmann::ordered_json battery_json(const decide::Cell& cell, double period_s,
                                    const decide::BatteryLife& life);

}  // namespace thimble::cli
