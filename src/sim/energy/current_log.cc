#include "sim/energy/current_log.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <iterator>
#include <limits>

#include "sim/profile/scaled.h"

namespace thimble::sim {
namespace {

using base::ErrorCode;

constexpr uint64_t kMaxSeconds = 600;  // a gigabyte of text

// The first cycle at or after the beginning of a sample.
uint64_t sample_start(uint64_t index, uint64_t clock_hz) {
  return scaled_up(index, clock_hz, kSamplesPerSecond);
}

std::string_view take_line(std::string_view& text) {
  const size_t end = std::min(text.find('\n'), text.size());
  std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

std::vector<std::string_view> split_cells(std::string_view line) {
  std::vector<std::string_view> cells;
  for (;;) {
    const size_t comma = line.find(',');
    cells.push_back(line.substr(0, comma));
    if (comma == std::string_view::npos) return cells;
    line.remove_prefix(comma + 1);
  }
}

struct Columns {
  size_t time = 0, current = 0, voltage = 0, channel = 0;
};

base::Result<Columns> find_columns(const std::vector<std::string_view>& names,
                                   std::string_view channel) {
  Columns columns;
  auto find = [&](std::string_view name, size_t& column) -> base::Result<> {
    const auto found = std::ranges::find(names, name);
    if (found == names.end())
      return base::fail(base::Error(ErrorCode::kNotFound, fmt::format("no column '{}'", name),
                                    fmt::format("the columns are {}", fmt::join(names, ", "))));
    column = static_cast<size_t>(found - names.begin());
    return {};
  };
  THIMBLE_TRY(find("time_s", columns.time));
  THIMBLE_TRY(find("current_ma", columns.current));
  THIMBLE_TRY(find("voltage_v", columns.voltage));
  THIMBLE_TRY(find(channel, columns.channel));
  return columns;
}

base::Result<double> number_in(const std::vector<std::string_view>& cells, size_t column,
                               size_t line) {
  double value = 0;
  if (column < cells.size()) {
    const std::string_view cell = cells[column];
    const auto [end, error] = std::from_chars(cell.data(), cell.data() + cell.size(), value);
    if (error == std::errc() && end == cell.data() + cell.size() && value == value &&
        value <= std::numeric_limits<double>::max() &&
        value >= std::numeric_limits<double>::lowest())
      return value;
  }
  return base::fail(ErrorCode::kMalformed, "line {}, column {}: a number was expected", line,
                    column + 1);
}

}  // namespace

base::Result<std::string> current_log_csv(const PowerTrace& trace, PinNaming naming) {
  if (trace.end_cycles / trace.clock_hz >= kMaxSeconds)
    return base::fail(base::Error(
        ErrorCode::kLimit,
        fmt::format("a current trace of {} s would have {} lines",
                    trace.end_cycles / trace.clock_hz,
                    scaled(trace.end_cycles, kSamplesPerSecond, trace.clock_hz)),
        fmt::format("end the run within {} s of simulated time (--max-seconds)", kMaxSeconds)));
  PinLevels pins(trace.pins);
  std::string text = "time_s,current_ma,voltage_v";
  for (const auto& [pin, high] : pins.levels()) text += "," + pin_name(pin, naming);
  text += '\n';
  for (uint64_t sample = 0;; ++sample) {
    const CycleSpan window{sample_start(sample, trace.clock_hz),
                           sample_start(sample + 1, trace.clock_hz)};
    if (window.from >= trace.end_cycles) return text;
    const CycleSpan seen{window.from, std::min(window.to, trace.end_cycles)};
    const double seconds =
        static_cast<double>(window.cycles()) / static_cast<double>(trace.clock_hz);
    const double window_uj =
        trace.energy_uj(seen) + energy_uj(trace.power, trace.clock_hz, 0, window.to - seen.to);
    pins.advance(window.from);
    fmt::format_to(std::back_inserter(text), "{:.9f},{:.6f},{:g}",
                   static_cast<double>(sample) / kSamplesPerSecond,
                   window_uj * 1e-3 / seconds / trace.power.supply_v, trace.power.supply_v);
    for (const auto& [pin, high] : pins.levels()) text += high ? ",1" : ",0";
    text += '\n';
  }
}

base::Result<CurrentLog> read_current_log(std::string_view csv, std::string_view channel) {
  THIMBLE_ASSIGN(const Columns columns, find_columns(split_cells(take_line(csv)), channel));
  CurrentLog log;
  for (size_t line = 2; !csv.empty(); ++line) {
    const std::string_view text = take_line(csv);
    if (text.empty()) continue;
    const std::vector<std::string_view> cells = split_cells(text);
    THIMBLE_ASSIGN(const double time, number_in(cells, columns.time, line));
    THIMBLE_ASSIGN(const double current_ma, number_in(cells, columns.current, line));
    THIMBLE_ASSIGN(const double voltage_v, number_in(cells, columns.voltage, line));
    THIMBLE_ASSIGN(const double level, number_in(cells, columns.channel, line));
    if (!log.time_s.empty() && time <= log.time_s.back())
      return base::fail(ErrorCode::kMalformed, "line {}: time does not go forward", line);
    log.time_s.push_back(time);
    log.power_mw.push_back(current_ma * voltage_v);
    log.high.push_back(level >= 0.5);
  }
  if (log.time_s.size() < 2)
    return base::fail(ErrorCode::kMalformed, "{} samples are too few to tell their distance",
                      log.time_s.size());
  return log;
}

std::vector<LoggedInference> find_inferences(const CurrentLog& log) {
  const size_t count = log.time_s.size();
  std::vector<LoggedInference> found;
  for (size_t i = 1; i < count; ++i) {
    if (!log.high[i] || log.high[i - 1]) continue;
    size_t end = i;
    double energy_uj = 0;
    for (; end < count && log.high[end]; ++end) {
      const double until = end + 1 < count ? log.time_s[end + 1] : log.time_s[end];
      energy_uj += 1e3 * log.power_mw[end] * (until - log.time_s[end]);
    }
    if (end == count) break;
    found.push_back({log.time_s[i], log.time_s[end] - log.time_s[i], energy_uj});
    i = end;
  }
  return found;
}

}  // namespace thimble::sim
