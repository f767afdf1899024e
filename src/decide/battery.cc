#include "decide/battery.h"

#include "board/toml.h"
#include "decide/catalog.h"

namespace thimble::decide {

base::Result<Cell> parse_cell(std::string_view toml, std::string_view origin) {
  THIMBLE_ASSIGN(auto document, board::TomlDocument::parse(toml, origin));
  board::TomlTable root = document.root();
  Cell cell;
  cell.name = root.string("name");
  cell.description = root.string("description");
  cell.capacity_mah = root.number("capacity_mah", 1e-3, 1e9);
  cell.nominal_v = root.number("nominal_v", 0.1, 1000);
  cell.self_discharge_percent_per_year = root.number("self_discharge_percent_per_year", 0, 1e4);
  cell.source = root.string("source");
  root.close();
  THIMBLE_TRY(document.status());
  return cell;
}

base::Result<Cell> load_cell(std::string_view name_or_path) {
  THIMBLE_ASSIGN(const Description found, find(Kind::kCell, name_or_path));
  return parse_cell(found.toml, found.origin);
}

base::Result<BatteryLife> battery_life(const Cell& cell, const DutyCycle& duty) {
  constexpr double kHoursPerDay = 24, kDaysPerYear = 365.25;
  if (duty.inference_s > duty.period_s)
    return base::fail(
        base::Error(base::ErrorCode::kInvalidArgument,
                    fmt::format("an inference takes {:.3f} s, longer than the period of {:g} s",
                                duty.inference_s, duty.period_s),
                    "choose a longer --period or a faster board"));
  BatteryLife life;
  life.inference_mw = duty.inference_uj * 1e-3 / duty.period_s;
  life.sleep_mw = duty.sleep_mw * (duty.period_s - duty.inference_s) / duty.period_s;
  life.self_discharge_mw = cell.energy_mwh() * cell.self_discharge_percent_per_year / 100 /
                           (kDaysPerYear * kHoursPerDay);
  life.days = cell.energy_mwh() / life.total_mw() / kHoursPerDay;
  return life;
}

}  // namespace thimble::decide
