#include <algorithm>

#include "reproduce/drawing.h"
#include "reproduce/papers.h"

namespace thimble::reproduce {
namespace {

using store::ExhibitRecord;

// Two of them stand beside our reference kernels, so that the row's text tells them apart.
constexpr const char* kFrameworks[] = {"CMSIS-NN", "uTensor", "TF-Micro"};

std::string framework_of(const Figure& figure) {
  for (const char* framework : kFrameworks)
    if (figure.row.what.find(framework) != std::string::npos) return framework;
  return {};
}

std::string kernels_of(const std::string& framework) {
  return framework == "CMSIS-NN" ? "CMSIS-NN (ours: optimized)" : framework + " (ours: reference)";
}

// Figures 3 and 4: footprints of all networks of one data set.
ExhibitRecord footprints(store::Exhibit exhibit, const std::string& data_set,
                         const std::string& metric, const Material& material) {
  exhibit.kind = "bars";
  ExhibitRecord record{.exhibit = std::move(exhibit)};
  for (const Figure& figure : material.figures) {
    const Row& row = figure.row;
    const std::string framework = framework_of(figure);
    if (row.metric != metric || framework.empty() || !row.run.network.ends_with(data_set)) continue;
    record.values.push_back({.series = kernels_of(framework),
                             .label = row.run.network,
                             .unit = row.unit,
                             .published = row.published,
                             .ours = figure.ours,
                             .reason = figure.reason,
                             .run_key = key_of(row.run, material.measurements)});
  }
  return record;
}

// Figure 5: how much current for how long.
ExhibitRecord currents(const Material& material) {
  ExhibitRecord record{
      .exhibit = {.number = "Figure 5",
                  .kind = "points",
                  .title = "Conv-16 CIFAR: mean current over the time of an inference",
                  .x_title = "latency (ms)",
                  .y_title = "mean current (mA)",
                  .note = "The paper draws the current over time and prints its means. The board "
                          "file takes its power from the first of them, so that ours say "
                          "something about the time alone."}};
  for (const Figure& current : material.figures) {
    if (current.row.metric != "current_ma") continue;
    const auto time = std::ranges::find_if(material.figures, [&](const Figure& other) {
      return other.row.metric == "latency_ms" && other.row.run == current.row.run &&
             framework_of(other) == framework_of(current);
    });
    if (time == material.figures.end()) continue;
    record.values.push_back({.series = kernels_of(framework_of(current)),
                             .label = current.row.run.network,
                             .unit = current.row.unit,
                             .published_x = time->row.published,
                             .published = current.row.published,
                             .ours_x = time->ours,
                             .ours = current.ours,
                             .reason = current.reason,
                             .run_key = key_of(current.row.run, material.measurements)});
  }
  return record;
}

}  // namespace

std::vector<ExhibitRecord> profentzas_figures(const Material& material) {
  constexpr const char* kNote = "Published values: of the paper's table.";
  return {footprints({.number = "Figure 3a",
                      .title = "RAM of the networks for MNIST",
                      .y_title = "RAM (B)",
                      .note = kNote},
                     "-mnist", "ram_bytes", material),
          footprints({.number = "Figure 3b",
                      .title = "RAM of the networks for CIFAR-10",
                      .y_title = "RAM (B)",
                      .note = kNote},
                     "-cifar", "ram_bytes", material),
          footprints({.number = "Figure 4a",
                      .title = "Flash of the networks for MNIST",
                      .y_title = "flash (B)",
                      .note = kNote},
                     "-mnist", "flash_bytes", material),
          footprints({.number = "Figure 4b",
                      .title = "Flash of the networks for CIFAR-10",
                      .y_title = "flash (B)",
                      .note = kNote},
                     "-cifar", "flash_bytes", material),
          currents(material)};
}

}  // namespace thimble::reproduce
