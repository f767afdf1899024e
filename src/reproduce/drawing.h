// Figures of our runs, with the published values that the paper's rows have of the same runs.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "reproduce/exhibits.h"

namespace thimble::reproduce {

// The run's key in the store, if it was run.
std::optional<std::string> key_of(const RunName& run, const Measurements& measurements);

// What the paper prints of this run: the last row that has it, because the appendix is the most
// exact.
std::optional<double> published_value(const std::string& metric, const RunName& run,
                                      const std::vector<Figure>& figures);

struct Bar {
  std::string series = {}, label = {};
  RunName run = {};
};
store::ExhibitRecord bars(store::Exhibit exhibit, const std::string& metric,
                          const std::string& unit, std::span<const Bar> bars,
                          const Material& material);

// Energy over latency of the runs that `wanted` takes; a series for each board.
store::ExhibitRecord run_points(store::Exhibit exhibit,
                                const std::function<bool(const RunName&)>& wanted,
                                const Material& material);

// The same of their layers.
store::ExhibitRecord layer_points(store::Exhibit exhibit,
                                  const std::function<bool(const RunName&)>& wanted,
                                  const Material& material);

// One for each layer of the network, in order; a layer in bands has several rows in the store.
struct LayerSum {
  std::string label = {};  // "2 AVERAGE_POOL_2D"
  double latency_ms = 0, energy_uj = 0, maccs = 0, constant_bytes = 0;
};
std::vector<LayerSum> layer_sums(const RunName& run, const Measurements& measurements);

// In percent of all layers.
std::vector<double> shares(const std::vector<LayerSum>& layers, double LayerSum::*quantity);

// Appends a bar for each layer; `run_key` is that of the run they are from, if it is one.
void add_layer_bars(store::ExhibitRecord& record, const std::string& series,
                    const std::string& unit, const std::vector<LayerSum>& layers,
                    const std::vector<double>& values,
                    const std::optional<std::string>& run_key = {});

}  // namespace thimble::reproduce
