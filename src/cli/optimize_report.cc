#include "cli/optimize_report.h"

#include <fmt/format.h>

#include <cmath>

#include "base/text.h"

namespace thimble::cli {
namespace {

using base::grouped;
using nlohmann::ordered_json;
using optimize::decibels;
using optimize::LayerNoise;

// A signal-to-noise ratio: nothing where there is none, "exact" without noise.
std::string text_of(const std::optional<double>& ratio) {
  if (!ratio) return "";
  return std::isinf(*ratio) ? "exact" : fmt::format("{:.1f}", decibels(*ratio));
}

// null: there is none, or there is no noise.
ordered_json json_of(const std::optional<double>& ratio) {
  if (!ratio || !std::isfinite(decibels(*ratio))) return nullptr;
  return decibels(*ratio);
}

// Converters join the names of all layers that they merged.
std::string shortened(const std::string& name) {
  constexpr size_t kWidth = 40;
  return name.size() <= kWidth ? name : name.substr(0, kWidth - 3) + "...";
}

}  // namespace

std::string optimize_text(const OptimizeReport& report) {
  using base::TextTable;
  const optimize::Noise& noise = report.quantized.noise;
  TextTable table({{"layer", TextTable::Align::kLeft},
                   {"operator", TextTable::Align::kLeft},
                   {"numbers", TextTable::Align::kLeft},
                   {"weights dB"},
                   {"output dB"},
                   {"measured dB"}});
  if (noise.input) table.add_row({"(input)", "", "", "", text_of(noise.input), ""});
  for (const LayerNoise& layer : noise.layers)
    table.add_row({shortened(layer.name), layer.op, layer.numbers, text_of(layer.weights),
                   text_of(layer.output), text_of(layer.measured)});
  table.add_rule();
  table.add_row({"network", "", "", "", text_of(noise.predicted), text_of(noise.measured)});
  std::string text = table.to_string();
  text +=
      "\nSignal-to-quantization-noise ratios: weights and outputs quantized alone, combined to "
      "the\n"
      "network's prediction, and measured with all noise together.\n";
  if (noise.samples != 0)
    text += fmt::format("Same largest output as the float network on {} of {} samples.\n",
                        grouped(noise.same_class), grouped(noise.samples));
  text += fmt::format("{}: {} B, constants {} -> {} B ({:+.1f} %)\n", report.output,
                      grouped(report.file_bytes), grouped(report.quantized.constant_bytes_before),
                      grouped(report.quantized.constant_bytes_after),
                      100.0 * (static_cast<double>(report.quantized.constant_bytes_after) /
                                   static_cast<double>(std::max<uint64_t>(
                                       report.quantized.constant_bytes_before, 1)) -
                               1));
  return text;
}

ordered_json optimize_json(const OptimizeReport& report) {
  const optimize::Noise& noise = report.quantized.noise;
  ordered_json layers = ordered_json::array();
  for (const LayerNoise& layer : noise.layers)
    layers.push_back({{"name", layer.name},
                      {"operator", layer.op},
                      {"numbers", layer.numbers},
                      {"weights_sqnr_db", json_of(layer.weights)},
                      {"output_sqnr_db", json_of(layer.output)},
                      {"measured_sqnr_db", json_of(layer.measured)}});
  return {{"schema", "thimble-optimize/1"},
          {"model", report.model},
          {"output", report.output},
          {"quantize", report.scheme},
          {"calibration", report.calibration},
          {"calibration_samples", report.quantized.calibration_samples},
          {"file_bytes", report.file_bytes},
          {"constant_bytes_before", report.quantized.constant_bytes_before},
          {"constant_bytes_after", report.quantized.constant_bytes_after},
          {"input_sqnr_db", json_of(noise.input)},
          {"predicted_sqnr_db", json_of(noise.predicted)},
          {"measured_sqnr_db", json_of(noise.measured)},
          {"measured_samples", noise.samples},
          {"same_class", noise.same_class},
          {"layers", layers}};
}

}  // namespace thimble::cli
