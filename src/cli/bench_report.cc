#include "cli/bench_report.h"

#include <fmt/format.h>

#include <cmath>

#include "base/text.h"

namespace thimble::cli {

using base::grouped;
using base::TextTable;
using measure::Measurement;
using nlohmann::ordered_json;

namespace {

std::string kernel_text(const measure::LayerMeasurement& layer) {
  if (layer.kernel.empty()) return "-";
  return layer.weights_in_ram ? layer.kernel + ", RAM" : layer.kernel;
}

void print_layers(const Measurement& m) {
  TextTable table({{"layer"},
                   {"operator", TextTable::Align::kLeft},
                   {"output", TextTable::Align::kLeft},
                   {"kernel", TextTable::Align::kLeft},
                   {"MACCs"},
                   {"cycles"},
                   {"cycles/MACC"},
                   {"ms"},
                   {"uJ"},
                   {"share"}});
  auto ratio = [](uint64_t cycles, uint64_t maccs) {
    return maccs == 0
               ? std::string("-")
               : fmt::format("{:.2f}", static_cast<double>(cycles) / static_cast<double>(maccs));
  };
  for (const measure::LayerMeasurement& layer : m.layers)
    table.add_row(
        {fmt::format("{}", layer.index), layer.op, ir::shape_text(layer.output_shape),
         kernel_text(layer), grouped(layer.maccs), grouped(layer.cycles),
         ratio(layer.cycles, layer.maccs), fmt::format("{:.3f}", layer.latency_ms),
         fmt::format("{:.1f}", layer.energy_uj),
         fmt::format("{:.1f} %", m.cycles == 0 ? 0.0
                                               : 100.0 * static_cast<double>(layer.cycles) /
                                                     static_cast<double>(m.cycles))});
  table.add_rule();
  table.add_row({"", "total", "", "", grouped(m.maccs_executed), grouped(m.cycles),
                 ratio(m.cycles, m.maccs_executed), fmt::format("{:.3f}", m.latency_ms),
                 fmt::format("{:.1f}", m.energy_uj), "100.0 %"});
  fmt::print("{}\n", table.to_string());
  if (m.maccs_executed < m.maccs)
    fmt::print("passes   {} of the model's {} MACCs removed\n", grouped(m.maccs - m.maccs_executed),
               grouped(m.maccs));
}

// Layers without their weights of zero, if there are any, and what they cost.
std::string sparse_text(const Measurement& m) {
  uint64_t layers = 0, slower = 0, table_bytes = 0, dense_bytes = 0;
  double cycles = 0, dense_cycles = 0;
  bool all_measured = true;
  for (const measure::LayerMeasurement& layer : m.layers) {
    if (!layer.is_sparse) continue;
    ++layers;
    slower += layer.is_fastest_by_rule ? 0 : 1;
    table_bytes += layer.table_bytes;
    dense_bytes += layer.constant_bytes;
    cycles += static_cast<double>(layer.cycles);
    dense_cycles += static_cast<double>(layer.cycles) / layer.sparse_time.value_or(1);
    all_measured &= layer.sparse_time.has_value();
  }
  if (layers == 0) return "";
  const double percent = 100 * (cycles / dense_cycles - 1);
  const std::string time =
      all_measured  ? fmt::format("measured {:.0f} % {} than with them", std::abs(percent),
                                 percent > 0 ? "slower" : "faster")
      : slower == 0 ? "expected to be faster than with them"
                    : fmt::format("{} expected to be slower than with them", slower);
  return fmt::format("sparse   {} layer{} without weights of zero: {} B in flash, not {}; {}\n",
                     layers, layers == 1 ? "" : "s", grouped(table_bytes), grouped(dense_bytes),
                     time);
}

std::string match_text(const measure::OutputCheck& check) {
  if (!check.match) return "NO, first difference: " + check.first_difference;
  if (check.exact) return "yes";
  return fmt::format("yes (floats within tolerance, largest difference {:.2g})",
                     check.largest_difference);
}

}  // namespace

void print_bench(const Measurement& m, const board::Board& board) {
  fmt::print(
      "{} on {}: {}, {} at {:g} MHz\nsimulated, timing version {}.{}, "
      "cycles ± {:g} %, see docs/simulator-accuracy.md\n\n",
      m.model, m.board, board.description, board.core, static_cast<double>(m.clock_hz) / 1e6,
      m.timing_version, m.memory_timing_version, m.uncertainty_percent);
  print_layers(m);
  auto percent = [](uint64_t part, uint64_t whole) {
    return 100.0 * static_cast<double>(part) / static_cast<double>(whole);
  };
  fmt::print("latency  {:.3f} ms ({} cycles, {} instructions), simulated\n", m.latency_ms,
             grouped(m.cycles), grouped(m.instructions));
  fmt::print("energy   {:.1f} uJ at {:.1f} mW active, simulated\n", m.energy_uj, m.active_mw);
  if (m.flash_energy_uj > 0)
    fmt::print("         {:.1f} uJ for {} reads of the flash, {:.1f} uJ for everything else\n",
               m.flash_energy_uj, grouped(m.flash_reads), m.energy_uj - m.flash_energy_uj);
  fmt::print("         {}\n", base::wrapped("power " + m.power_source, 90, 9));
  fmt::print("flash    {} B: weights {}, everything else {} ({:.1f} % of {})\n",
             grouped(m.flash.total_bytes()), grouped(m.flash.weights_bytes),
             grouped(m.flash.code_bytes), percent(m.flash.total_bytes(), m.board_flash_bytes),
             m.board);
  std::string weights;
  if (m.ram.weights_bytes > 0) weights = fmt::format("weights {}, ", grouped(m.ram.weights_bytes));
  fmt::print("RAM      {} B: arena {}, stack {}, {}static {} ({:.1f} % of {})\n",
             grouped(m.ram.total_bytes()), grouped(m.ram.arena_bytes), grouped(m.ram.stack_bytes),
             weights, grouped(m.ram.static_bytes), percent(m.ram.total_bytes(), m.board_ram_bytes),
             m.board);
  fmt::print("{}", sparse_text(m));
  fmt::print("outputs identical to host: {}\n", match_text(m.check));
}

ordered_json bench_json(const Measurement& m) {
  ordered_json layers = ordered_json::array();
  for (const measure::LayerMeasurement& layer : m.layers)
    layers.push_back({{"index", layer.index},
                      {"op", layer.op},
                      {"name", layer.name},
                      {"output_shape", layer.output_shape},
                      {"maccs", layer.maccs},
                      {"cycles", layer.cycles},
                      {"instructions", layer.instructions},
                      {"cycles_per_macc", layer.cycles_per_macc()},
                      {"latency_ms", layer.latency_ms},
                      {"energy_uj", layer.energy_uj},
                      {"flash_energy_uj", layer.flash_energy_uj},
                      {"constant_bytes", layer.constant_bytes},
                      {"kernel", layer.kernel},
                      {"weights_in_ram", layer.weights_in_ram},
                      {"table_bytes", layer.table_bytes},
                      {"scratch_bytes", layer.scratch_bytes},
                      {"is_sparse", layer.is_sparse},
                      {"flops", layer.flops},
                      {"activation_bytes", layer.activation_bytes},
                      {"live_bytes", layer.live_bytes}});
  ordered_json buffers = ordered_json::array();
  for (const measure::ArenaBuffer& buffer : m.buffers)
    buffers.push_back({{"offset", buffer.offset_bytes},
                       {"bytes", buffer.size_bytes},
                       {"first_step", buffer.first_step},
                       {"last_step", buffer.last_step},
                       {"tensors", buffer.tensors}});
  return {{"schema", "thimble-bench/1"},
          {"model", m.model},
          {"board", m.board},
          {"simulated", m.simulated},
          {"timing_version", m.timing_version},
          {"memory_timing_version", m.memory_timing_version},
          {"uncertainty_percent", m.uncertainty_percent},
          {"uncertainty_basis", m.uncertainty_basis},
          {"outputs_match_host", m.check.match},
          {"largest_output_difference", m.check.largest_difference},
          {"first_output_difference", m.check.first_difference},
          {"totals",
           {{"maccs", m.maccs},
            {"maccs_executed", m.maccs_executed},
            {"cycles", m.cycles},
            {"instructions", m.instructions},
            {"latency_ms", m.latency_ms},
            {"energy_uj", m.energy_uj},
            {"flash_energy_uj", m.flash_energy_uj},
            {"flash_reads", m.flash_reads}}},
          {"clock_hz", m.clock_hz},
          {"active_mw", m.active_mw},
          {"power_source", m.power_source},
          {"flash",
           {{"code_bytes", m.flash.code_bytes},
            {"weights_bytes", m.flash.weights_bytes},
            {"total_bytes", m.flash.total_bytes()}}},
          {"ram",
           {{"arena_bytes", m.ram.arena_bytes},
            {"stack_bytes", m.ram.stack_bytes},
            {"weights_bytes", m.ram.weights_bytes},
            {"static_bytes", m.ram.static_bytes},
            {"total_bytes", m.ram.total_bytes()}}},
          {"compiler", m.compiler},
          {"layers", layers},
          {"buffers", buffers}};
}

void print_battery(const decide::Cell& cell, double period_s, const decide::BatteryLife& life) {
  auto share = [&](double mw) { return 100 * mw / life.total_mw(); };
  fmt::print("battery  {:.1f} days from a {} ({:g} mAh at {:g} V), an inference every {:g} s\n",
             life.days, cell.name, cell.capacity_mah, cell.nominal_v, period_s);
  fmt::print(
      "         {:.4f} mW on average: inferences {:.1f} %, sleep {:.1f} %, "
      "self-discharge {:.1f} %\n",
      life.total_mw(), share(life.inference_mw), share(life.sleep_mw),
      share(life.self_discharge_mw));
}

ordered_json battery_json(const decide::Cell& cell, double period_s,
                          const decide::BatteryLife& life) {
  return {{"cell", cell.name},         {"period_s", period_s},
          {"days", life.days},         {"inference_mw", life.inference_mw},
          {"sleep_mw", life.sleep_mw}, {"self_discharge_mw", life.self_discharge_mw},
          {"source", cell.source}};
}

}  // namespace thimble::cli
