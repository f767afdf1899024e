// How long a cell lasts when the network runs once in every period and the board sleeps between.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "board/board.h"

namespace thimble::decide {

// As cells/*.toml describes it.
struct Cell {
  std::string name = {}, description = {};
  double capacity_mah = 0;
  double nominal_v = 0;
  double self_discharge_percent_per_year = 0;  // of the full capacity
  std::string source = {};

  double energy_mwh() const { return capacity_mah * nominal_v; }
};

// Errors: kNotFound (with the names there are), kMalformed (key, line, what was expected).
base::Result<Cell> load_cell(std::string_view name_or_path);
base::Result<Cell> parse_cell(std::string_view toml, std::string_view origin);

// What happens in every period.
struct DutyCycle {
  double period_s = 0;
  double inference_s = 0;
  double inference_uj = 0;
  double sleep_mw = 0;
};

struct BatteryLife {
  double days = 0;
  // Average power: where the cell's energy goes.
  double inference_mw = 0, sleep_mw = 0, self_discharge_mw = 0;
  double total_mw() const { return inference_mw + sleep_mw + self_discharge_mw; }
};

// The cell gives all its energy at any current; converters lose nothing. Errors: kInvalidArgument
// when an inference takes longer than the period.
base::Result<BatteryLife> battery_life(const Cell& cell, const DutyCycle& duty);

}  // namespace thimble::decide
