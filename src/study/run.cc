#include "study/run.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <mutex>
#include <span>

#include "base/check.h"
#include "base/parallel.h"
#include "exec/executor.h"
#include "ops/op.h"
#include "ops/statistics.h"
#include "study/layer_network.h"

namespace thimble::study {
namespace {

using base::Result;

// A firmware takes some seconds to compile whatever is in it; more layers than this make the
// compiler slower without saving anything.
constexpr size_t kMaxLayersOfFirmware = 24;

struct Layer {
  ir::Graph graph;
  Sample* sample;
};

uint64_t activation_bytes(const ir::Graph& graph) {
  uint64_t bytes = 0;
  for (const auto* ids : {&graph.inputs, &graph.outputs})
    for (ir::TensorId id : *ids) bytes += graph.tensor(id).bytes();
  return bytes;
}

// The planner would choose by what else the firmware holds (idle memory, a layer's share of the
// time), so each layer's way is named: the one that the preference puts first.
Result<> name_ways(const ir::Graph& graph, const ops::LowerTarget& target, plan::Choices& choices) {
  std::vector<plan::LayerChoice> layers;
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    const ir::Node& node = graph.nodes[i];
    THIMBLE_ASSIGN(const ops::Lowerings ways, ops::find_op(node.op)->lower(graph, node, target));
    THIMBLE_ASSIGN(const ops::Lowering way, plan::choose(ways, graph, i, choices));
    layers.push_back({.variant = way.variant});
  }
  choices.layers = std::move(layers);
  return {};
}

measure::BenchOptions bench_options(Variant variant, const RunOptions& options) {
  measure::BenchOptions bench;
  bench.optimized_kernels = variant != Variant::kReference;
  bench.passes = false;  // the layer as it is
  bench.choices.prefer = options.prefer;
  bench.build = options.build;
  return bench;
}

// One firmware of these layers.
Result<> run_together(std::span<const Layer> layers, const board::Board& board,
                      const board::Core& core, const RunOptions& options) {
  std::vector<ir::Graph> graphs;
  for (const Layer& layer : layers) graphs.push_back(layer.graph);
  const ir::Graph graph = joined(graphs);
  std::vector<base::Bytes> inputs;
  for (ir::TensorId id : graph.inputs) inputs.push_back(exec::random_input(graph.tensor(id), 1));
  measure::BenchOptions bench = bench_options(layers[0].sample->variant, options);
  THIMBLE_TRY(name_ways(graph, measure::lower_target(board, core, bench), bench.choices));
  THIMBLE_TRY(measure::check_fits_at_least(graph, board, core, bench));
  THIMBLE_ASSIGN(const measure::Measurement m, measure::bench(graph, board, core, inputs, bench));
  if (!m.check.match)
    return base::fail(base::ErrorCode::kFault, "outputs differ from the host's: {}",
                      m.check.first_difference);
  for (const measure::LayerMeasurement& measured : m.layers) {
    size_t index = 0;
    std::from_chars(measured.name.data(), measured.name.data() + measured.name.size(), index);
    CHECK(index < layers.size(), "layer '{}'", measured.name);
    Sample& sample = *layers[index].sample;
    sample.cycles += measured.cycles;
    sample.latency_us += 1e3 * measured.latency_ms;
    sample.kernel = measured.kernel;
  }
  return {};
}

// Layers that do not fit together are halved until the one is found that does not fit alone.
Result<> run_fitting(std::span<const Layer> layers, const board::Board& board,
                     const board::Core& core, const RunOptions& options) {
  Result<> outcome = run_together(layers, board, core, options);
  if (outcome || outcome.error().code != base::ErrorCode::kDoesNotFit) return outcome;
  if (layers.size() == 1) {
    layers[0].sample->reason = outcome.error().message;
    return {};
  }
  const size_t half = layers.size() / 2;
  THIMBLE_TRY(run_fitting(layers.first(half), board, core, options));
  return run_fitting(layers.subspan(half), board, core, options);
}

// Layers of one variant whose activations take no more than half of the RAM together.
std::vector<std::vector<Layer>> grouped(std::vector<Layer> layers, const board::Board& board) {
  std::vector<std::vector<Layer>> groups;
  uint64_t bytes = 0;
  for (Layer& layer : layers) {
    const uint64_t needs = activation_bytes(layer.graph);
    if (groups.empty() || groups.back().size() == kMaxLayersOfFirmware ||
        groups.back()[0].sample->variant != layer.sample->variant ||
        bytes + needs > board.ram().size_bytes / 2) {
      groups.emplace_back();
      bytes = 0;
    }
    bytes += needs;
    groups.back().push_back(std::move(layer));
  }
  return groups;
}

std::vector<Sample> samples_of(const std::vector<Layer>& group) {
  std::vector<Sample> samples;
  samples.reserve(group.size());
  for (const Layer& layer : group) samples.push_back(*layer.sample);
  return samples;
}

// The usual layer is a point of every series.
std::vector<Point> distinct_points(const Grid& grid) {
  std::vector<Point> points;
  for (const Series& series : grid.series)
    for (const Point& point : series.points)
      if (std::ranges::find(points, point) == points.end()) points.push_back(point);
  return points;
}

}  // namespace

const char* variant_name(Variant variant) {
  constexpr std::array<const char*, kVariants> kNames = {"optimized", "reference", "float"};
  return kNames[static_cast<size_t>(variant)];
}

Result<Study> run_study(Grid grid, const board::Board& board, const board::Core& core,
                        const RunOptions& options) {
  std::vector<Sample> samples;
  std::vector<size_t> missing;  // indices
  for (const Point& point : distinct_points(grid))
    for (const Variant variant : options.variants) {
      const auto known = std::ranges::find_if(
          options.known, [&](const Sample& sample) { return sample.is_of(point, variant); });
      if (known == options.known.end()) missing.push_back(samples.size());
      samples.push_back(known != options.known.end() ? *known
                                                     : Sample{.point = point, .variant = variant});
    }

  std::vector<Layer> layers;
  for (const Variant variant : options.variants)
    for (const size_t i : missing) {
      Sample& sample = samples[i];
      if (sample.variant != variant) continue;
      const auto type = variant == Variant::kFloat ? ir::DataType::kFloat32 : ir::DataType::kInt8;
      THIMBLE_ASSIGN(ir::Graph graph, layer_network(sample.point, type));
      const ops::Cost cost = ops::statistics(graph).total.cost;
      sample.maccs = cost.maccs;
      sample.paper_maccs = cost.paper_maccs;
      layers.push_back({std::move(graph), &sample});
    }
  const std::vector<std::vector<Layer>> groups = grouped(std::move(layers), board);

  std::vector<Result<>> outcomes(groups.size());
  std::mutex mutex;
  size_t done = 0;
  base::for_each_index(groups.size(), 0, [&](size_t i) {
    outcomes[i] = run_fitting(groups[i], board, core, options);
    const std::lock_guard lock(mutex);
    if (outcomes[i] && options.on_measured)
      outcomes[i] = options.on_measured(samples_of(groups[i]));
    done += groups[i].size();
    if (options.on_progress) options.on_progress(done, missing.size());
  });
  for (Result<>& outcome : outcomes) THIMBLE_TRY(std::move(outcome));
  return Study{std::move(grid), std::move(samples)};
}

}  // namespace thimble::study
