#include "reproduce/drawing.h"

namespace thimble::reproduce {

using store::ExhibitRecord;

std::optional<std::string> key_of(const RunName& run, const Measurements& measurements) {
  const auto found = measurements.find(run);
  if (found == measurements.end()) return std::nullopt;
  return found->second.run.key;
}

std::optional<double> published_value(const std::string& metric, const RunName& run,
                                      const std::vector<Figure>& figures) {
  std::optional<double> value;
  for (const auto& [row, ours, reason] : figures)
    if (row.metric == metric && row.run == run && !row.operation && row.published)
      value = row.published;
  return value;
}

ExhibitRecord bars(store::Exhibit exhibit, const std::string& metric, const std::string& unit,
                   std::span<const Bar> bars, const Material& material) {
  exhibit.kind = "bars";
  ExhibitRecord record{.exhibit = std::move(exhibit)};
  for (const Bar& bar : bars) {
    const Row row{.metric = metric, .run = bar.run};
    const Figure figure = figures({row}, material.measurements)[0];
    record.values.push_back({.series = bar.series,
                             .label = bar.label,
                             .unit = unit,
                             .published = published_value(metric, bar.run, material.figures),
                             .ours = figure.ours,
                             .reason = figure.reason,
                             .run_key = key_of(bar.run, material.measurements)});
  }
  return record;
}

ExhibitRecord run_points(store::Exhibit exhibit, const std::function<bool(const RunName&)>& wanted,
                         const Material& material) {
  exhibit.kind = "points";
  exhibit.x_title = "latency (ms)";
  exhibit.y_title = "energy (mJ)";
  ExhibitRecord record{.exhibit = std::move(exhibit)};
  for (const auto& [name, measured] : material.measurements) {
    const store::Run& run = measured.run;
    if (!wanted(name) || !run.ok || !run.latency_ms || !run.energy_uj) continue;
    record.values.push_back(
        {.series = name.board,
         .label = fmt::format("{} {} {}", name.network, name.numbers, name.kernels),
         .unit = "mJ",
         .published_x = published_value("latency_ms", name, material.figures),
         .published = published_value("energy_mj", name, material.figures),
         .ours_x = run.latency_ms,
         .ours = *run.energy_uj / 1e3,
         .run_key = run.key});
  }
  return record;
}

ExhibitRecord layer_points(store::Exhibit exhibit,
                           const std::function<bool(const RunName&)>& wanted,
                           const Material& material) {
  exhibit.kind = "points";
  exhibit.x_title = "latency of a layer (ms)";
  exhibit.y_title = "energy of a layer (\u00b5J)";
  ExhibitRecord record{.exhibit = std::move(exhibit)};
  for (const auto& [name, measured] : material.measurements) {
    if (!wanted(name) || !measured.run.ok) continue;
    for (const LayerSum& layer : layer_sums(name, material.measurements))
      if (layer.latency_ms > 0)
        record.values.push_back(
            {.series = name.board,
             .label = fmt::format("{} {}, {}", name.network, name.kernels, layer.label),
             .unit = "\u00b5J",
             .ours_x = layer.latency_ms,
             .ours = layer.energy_uj,
             .run_key = measured.run.key});
  }
  return record;
}

std::vector<LayerSum> layer_sums(const RunName& run, const Measurements& measurements) {
  const auto found = measurements.find(run);
  if (found == measurements.end()) return {};
  std::map<int64_t, LayerSum> by_number;
  for (const store::Layer& layer : found->second.layers) {
    LayerSum& sum = by_number[layer.layer];
    sum.label = fmt::format("{} {}", layer.layer, layer.op);
    sum.latency_ms += layer.latency_ms;
    sum.energy_uj += layer.energy_uj;
    sum.maccs += static_cast<double>(layer.maccs);
    sum.constant_bytes += static_cast<double>(layer.constant_bytes);
  }
  std::vector<LayerSum> sums;
  sums.reserve(by_number.size());
  for (auto& [number, sum] : by_number) sums.push_back(std::move(sum));
  return sums;
}

std::vector<double> shares(const std::vector<LayerSum>& layers, double LayerSum::*quantity) {
  double whole = 0;
  for (const LayerSum& layer : layers) whole += layer.*quantity;
  std::vector<double> parts;
  parts.reserve(layers.size());
  for (const LayerSum& layer : layers)
    parts.push_back(whole > 0 ? 100 * (layer.*quantity) / whole : 0);
  return parts;
}

void add_layer_bars(ExhibitRecord& record, const std::string& series, const std::string& unit,
                    const std::vector<LayerSum>& layers, const std::vector<double>& values,
                    const std::optional<std::string>& run_key) {
  for (size_t i = 0; i < layers.size(); ++i)
    record.values.push_back({.series = series,
                             .label = layers[i].label,
                             .unit = unit,
                             .ours = values[i],
                             .run_key = run_key});
}

}  // namespace thimble::reproduce
