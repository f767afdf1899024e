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

std::string percent_change(uint64_t before, uint64_t after) {
  return fmt::format("{:+.1f} %", 100.0 * (static_cast<double>(after) /
                                               static_cast<double>(std::max<uint64_t>(before, 1)) -
                                           1));
}

std::string change_text(uint64_t before, uint64_t after) {
  return fmt::format("{} -> {} B ({})", grouped(before), grouped(after),
                     percent_change(before, after));
}

std::string pruning_text(const Pruning& pruning) {
  using base::TextTable;
  TextTable table({{"layer", TextTable::Align::kLeft},
                   {"operator", TextTable::Align::kLeft},
                   {"weights"},
                   {"zeros"},
                   {"% zeros"},
                   {"channels"},
                   {"MACCs"},
                   {"with zeros"}});
  optimize::LayerSparsity total;
  uint64_t skipped = 0;
  auto percent = [](uint64_t part, uint64_t whole) {
    return whole == 0 ? std::string()
                      : fmt::format("{:.1f}",
                                    100.0 * static_cast<double>(part) / static_cast<double>(whole));
  };
  for (const optimize::LayerSparsity& layer : pruning.pruned.layers) {
    const std::string channels =
        layer.channels == layer.channels_before
            ? fmt::format("{}", layer.channels)
            : fmt::format("{} -> {}", layer.channels_before, layer.channels);
    table.add_row({shortened(layer.name), layer.op, grouped(layer.weights), grouped(layer.zeros),
                   percent(layer.zeros, layer.weights), channels, grouped(layer.maccs),
                   grouped(layer.maccs_skipped())});
    total.weights += layer.weights;
    total.zeros += layer.zeros;
    total.maccs += layer.maccs;
    total.maccs_before += layer.maccs_before;
    skipped += layer.maccs_skipped();
  }
  table.add_rule();
  table.add_row({"network", "", grouped(total.weights), grouped(total.zeros),
                 percent(total.zeros, total.weights), "", grouped(total.maccs), grouped(skipped)});
  return table.to_string() +
         fmt::format(
             "\nMACCs    {} -> {}, of which {} multiply with zeros: sparse kernels skip those\n"
             "flash    tables of {} B, {} B where zeros are left out (Cortex-M with DSP and FPU)\n",
             grouped(total.maccs_before), grouped(total.maccs), grouped(skipped),
             grouped(pruning.tables.dense_bytes), grouped(pruning.tables.sparse_bytes));
}

ordered_json pruning_json(const Pruning& pruning) {
  ordered_json layers = ordered_json::array();
  for (const optimize::LayerSparsity& layer : pruning.pruned.layers)
    layers.push_back({{"name", layer.name},
                      {"operator", layer.op},
                      {"weights", layer.weights},
                      {"zeros", layer.zeros},
                      {"channels_before", layer.channels_before},
                      {"channels", layer.channels},
                      {"maccs_before", layer.maccs_before},
                      {"maccs", layer.maccs},
                      {"maccs_with_zeros", layer.maccs_skipped()}});
  return {{"fraction", pruning.fraction},
          {"unit", pruning.unit},
          {"scope", pruning.scope},
          {"table_bytes_dense", pruning.tables.dense_bytes},
          {"table_bytes_sparse", pruning.tables.sparse_bytes},
          {"layers", layers}};
}

std::string noise_text(const optimize::Noise& noise) {
  using base::TextTable;
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
  return text;
}

}  // namespace

std::string optimize_text(const OptimizeReport& report) {
  std::string text;
  if (report.pruning) text += pruning_text(*report.pruning);
  if (report.quantizing) text += noise_text(report.quantizing->quantized.noise);
  const StoredSizes &before = report.before, &after = report.after;
  text += fmt::format("stored   {}\ngzip     {}\nconstants {}\n",
                      change_text(before.file_bytes, after.file_bytes),
                      change_text(before.gzip_bytes, after.gzip_bytes),
                      change_text(before.constant_bytes, after.constant_bytes));
  return text + fmt::format("{}: {} B\n", report.output, grouped(after.file_bytes));
}

ordered_json optimize_json(const OptimizeReport& report) {
  ordered_json json = {{"schema", "thimble-optimize/1"},
                       {"model", report.model},
                       {"output", report.output},
                       {"file_bytes_before", report.before.file_bytes},
                       {"file_bytes", report.after.file_bytes},
                       {"gzip_bytes_before", report.before.gzip_bytes},
                       {"gzip_bytes", report.after.gzip_bytes},
                       {"constant_bytes_before", report.before.constant_bytes},
                       {"constant_bytes_after", report.after.constant_bytes}};
  if (report.pruning) json["prune"] = pruning_json(*report.pruning);
  if (!report.quantizing) return json;
  const optimize::Noise& noise = report.quantizing->quantized.noise;
  ordered_json layers = ordered_json::array();
  for (const LayerNoise& layer : noise.layers)
    layers.push_back({{"name", layer.name},
                      {"operator", layer.op},
                      {"numbers", layer.numbers},
                      {"weights_sqnr_db", json_of(layer.weights)},
                      {"output_sqnr_db", json_of(layer.output)},
                      {"measured_sqnr_db", json_of(layer.measured)}});
  json["quantize"] = report.quantizing->scheme;
  json["calibration"] = report.quantizing->calibration;
  json["calibration_samples"] = report.quantizing->quantized.calibration_samples;
  json["input_sqnr_db"] = json_of(noise.input);
  json["predicted_sqnr_db"] = json_of(noise.predicted);
  json["measured_sqnr_db"] = json_of(noise.measured);
  json["measured_samples"] = noise.samples;
  json["same_class"] = noise.same_class;
  json["layers"] = layers;
  return json;
}

}  // namespace thimble::cli
