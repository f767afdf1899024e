// A store of 200 runs that nobody measured: five networks, two ways to make them smaller, two kinds
// of kernels, two optimizations, five boards; the largest network fails where it does not fit.
// One network has a name that would do harm if a page took it for HTML.
#pragma once

#include <gtest/gtest.h>

#include "base/random.h"
#include "store/store.h"

namespace thimble::report {

inline constexpr const char* kHostileName = "</script><script>hacked=1</script><!--{{data}}";

struct SyntheticNetwork {
  const char* name;
  int layers;
  int64_t maccs, weights_bytes, arena_bytes;
};
inline constexpr SyntheticNetwork kSyntheticNetworks[] = {
    {"lenet", 9, 274'656, 81'902, 6'544},
    {"resnet-20", 33, 40'813'184, 270'000, 50'000},
    {"ds-cnn", 12, 2'656'768, 22'600, 16'000},
    {"mobilenet-v1", 30, 7'489'664, 220'000, 55'296},
    {kHostileName, 4, 12'000, 3'000, 900}};

struct SyntheticBoard {
  const char *name, *core;
  int64_t clock_hz, flash_bytes, ram_bytes;
  double active_mw;
};
inline constexpr SyntheticBoard kSyntheticBoards[] = {
    {"alpha", "cortex-m4", 80'000'000, 1 << 20, 320 << 10, 44},
    {"beta", "cortex-m4", 168'000'000, 2 << 20, 384 << 10, 232},
    {"gamma", "cortex-m7", 216'000'000, 2 << 20, 512 << 10, 413},
    {"delta", "cortex-m33", 160'000'000, 2 << 20, 786 << 10, 40},
    {"epsilon", "cortex-m0plus", 64'000'000, 512 << 10, 32 << 10, 20}};

inline void add_synthetic_layers(store::Record& record, const SyntheticNetwork& network) {
  const store::Run& run = record.run;
  const double share = 1.0 / network.layers;
  for (int i = 0; i < network.layers; ++i) {
    const bool has_maccs = i + 1 < network.layers;
    store::Layer& layer = record.layers.emplace_back();
    layer.step = layer.layer = i;
    layer.op = !has_maccs ? "SOFTMAX" : i % 2 ? "DEPTHWISE_CONV_2D" : "CONV_2D";
    layer.name = fmt::format("{}/block_{}/convolution", network.name, i);
    layer.output_shape = fmt::format("[1,{0},{0},16]", network.layers - i);
    layer.kernel = run.kernels == "reference" ? "reference" : "packed32";
    layer.maccs = has_maccs ? network.maccs / (network.layers - 1) : 0;
    layer.cycles = static_cast<int64_t>(static_cast<double>(*run.cycles) * share);
    layer.latency_ms = *run.latency_ms * share;
    layer.energy_uj = *run.energy_uj * share;
    layer.constant_bytes = network.weights_bytes / network.layers;
    layer.activation_bytes = network.arena_bytes / 2 + 100 * i;
    layer.live_bytes = network.arena_bytes * (network.layers - i / 2) / network.layers;
    record.buffers.push_back({.buffer = i,
                              .offset_bytes = i % 2 ? network.arena_bytes / 2 : 0,
                              .size_bytes = network.arena_bytes / 2 - 10 * i,
                              .first_step = i,
                              .last_step = i + 1,
                              .tensors = i % 5 == 4 ? "" : fmt::format("tensor_{}", i)});
  }
}

inline void add_synthetic_parts(store::Record& record, const SyntheticNetwork& network,
                                const SyntheticBoard& board, bool full) {
  record.models.resize(2);
  for (store::Model& model : record.models) model.name = network.name;
  record.models[0].sha256 = record.run.source_sha256;
  record.models[0].file_bytes = 4 * network.weights_bytes;
  record.models[1].sha256 = *record.run.model_sha256;
  record.models[1].file_bytes = network.weights_bytes * (full ? 1 : 4);
  record.models[1].derived_from = record.run.source_sha256;
  record.board.sha256 = record.run.board_sha256;
  record.board.name = board.name;
  record.board.description = "a board of this test";
  record.board.core = board.core;
  record.board.clock_hz = board.clock_hz;
  record.board.flash_bytes = board.flash_bytes;
  record.board.ram_bytes = board.ram_bytes;
  record.board.active_mw = board.active_mw;
  record.environment = {"environment", "0.1.0", "a compiler", "a system"};
}

// One of the 200; `index` counts them.
inline store::Record synthetic_record(int index, base::Random& random) {
  const SyntheticNetwork& network = kSyntheticNetworks[index % 5];
  const SyntheticBoard& board = kSyntheticBoards[index / 5 % 5];
  const bool full = index / 25 % 2, optimized = index / 50 % 2, fast = index / 100 % 2;
  store::Record record;
  store::Run& run = record.run;
  run.key = fmt::format("{:064x}", index + 1);
  run.network = network.name;
  run.board = board.name;
  run.quantization = full ? "full" : "none";
  run.kernels = optimized ? "optimized" : "reference";
  run.prefer = "balanced";
  run.optimization = fast ? "-Ofast" : "-Os";
  run.source_sha256 = network.name;
  run.model_sha256 = fmt::format("{} {}", network.name, run.quantization);
  run.board_sha256 = board.name;
  run.environment_id = "environment";
  run.command = fmt::format("thimble bench {}.tflite --board {}", network.name, board.name);
  run.host = "nowhere";
  run.started_at = fmt::format("2026-11-21T10:{:02}:{:02}Z", index / 60, index % 60);
  add_synthetic_parts(record, network, board, full);
  run.ok = network.arena_bytes * (full ? 1 : 4) < board.ram_bytes;
  if (!run.ok) {
    run.error_code = "does_not_fit";
    run.error_message = fmt::format("{} needs more RAM than {} has", network.name, board.name);
    run.error_output = "the last line of the output";
    run.exit_status = 1;
    return record;
  }
  const double per_macc = (optimized ? 1.5 : 6.0) * (full ? 1 : 2.5) * (fast ? 0.9 : 1) *
                          static_cast<double>(random.uniform(0.8f, 1.3f));
  run.maccs = run.maccs_executed = network.maccs;
  run.cycles = static_cast<int64_t>(static_cast<double>(network.maccs) * per_macc);
  run.latency_ms = static_cast<double>(*run.cycles) * 1e3 / static_cast<double>(board.clock_hz);
  run.energy_uj = *run.latency_ms * board.active_mw;
  run.weights_bytes = network.weights_bytes * (full ? 1 : 4);
  run.code_bytes = 9'000;
  run.flash_bytes = *run.weights_bytes + *run.code_bytes;
  run.arena_bytes = network.arena_bytes * (full ? 1 : 4);
  run.ram_bytes = *run.arena_bytes + 360;
  run.outputs_match = true;
  if (run.network == "lenet" || run.network == "resnet-20") {
    run.top_1 = (full ? 0.95 : 0.97) - 0.02 * (index % 5);
    run.top_1_low = *run.top_1 - 0.01;
    run.top_1_high = *run.top_1 + 0.01;
  }
  add_synthetic_layers(record, network);
  return record;
}

// A table, and a figure of each kind, of which some values are missing.
inline std::vector<store::ExhibitRecord> synthetic_exhibits(const std::string& run_key) {
  store::ExhibitRecord table{
      .exhibit = {.number = "Table 1", .title = kHostileName, .note = "A note about it."}};
  table.values = {{.label = "lenet", .unit = "ms", .published = 4, .ours = 2, .run_key = run_key},
                  {.label = "accuracy", .unit = "%", .published = 98, .reason = "needs data"},
                  {.label = "only drawn", .unit = "ms", .ours = 3}};
  store::ExhibitRecord bars{
      .exhibit = {.number = "Figure 1", .kind = "bars", .title = "Bars", .y_title = "time (ms)"}};
  for (const char* label : {"alpha", "beta", "gamma"})
    for (const char* series : {"float32", "int8"})
      bars.values.push_back({.series = series,
                             .label = label,
                             .unit = "ms",
                             .published = label[0] == 'a' ? std::optional(9.) : std::nullopt,
                             .ours = series[0] == 'f' ? 8. : 2.});
  store::ExhibitRecord points{.exhibit = {.number = "Figure 2",
                                          .kind = "points",
                                          .title = "Points",
                                          .x_title = "time (ms)",
                                          .y_title = "energy (mJ)"}};
  for (double i = 1; i < 6; ++i)
    points.values.push_back({.series = i < 3 ? "L4" : "F7",
                             .label = fmt::format("run {}", i),
                             .unit = "mJ",
                             .published_x = i,
                             .published = i < 3 ? std::optional(2 * i) : std::nullopt,
                             .ours_x = i,
                             .ours = i * i,
                             .run_key = run_key});
  for (double i = 1; i < 4; ++i)  // a line without marks
    points.values.push_back({.series = "front", .ours_x = i, .ours = 10 / i});
  store::ExhibitRecord curves = points;
  curves.exhibit.number = "Figure 3";
  curves.exhibit.kind = "curves";
  curves.exhibit.title = "Curves";
  store::ExhibitRecord missing = bars;
  missing.exhibit.number = "Figure 4";
  for (store::ExhibitValue& value : missing.values) {
    value.published = value.ours = {};
    value.reason = "does not fit";
  }
  return {table, bars, points, curves, missing};
}

inline store::Store make_synthetic_store(const std::filesystem::path& path, int runs = 200) {
  auto opened = store::Store::open(path, true);
  EXPECT_TRUE(opened) << opened.error().to_string();
  base::Random random(1);
  for (int i = 0; i < runs; ++i) {
    const auto added = opened->add(synthetic_record(i, random));
    EXPECT_TRUE(added && *added) << (added ? "twice" : added.error().to_string());
  }
  return std::move(*opened);
}

}  // namespace thimble::report
