// Heim's thesis, and the paper of 2021 that came of it ("of the paper").
#include <algorithm>
#include <functional>

#include "board/board.h"
#include "decide/battery.h"
#include "decide/offload.h"
#include "reproduce/drawing.h"
#include "reproduce/papers.h"
#include "study/exhibits.h"

namespace thimble::reproduce {
namespace {

using base::Result;
using store::ExhibitRecord;

constexpr const char *kL4 = "nucleo-l496zg", *kF4 = "disco-f469ni", *kF7 = "nucleo-f767zi";
// As the thesis calls and orders them.
struct NamedBoard {
  const char *name, *board;
};
constexpr NamedBoard kBoards[] = {{"L4", kL4}, {"F4", kF4}, {"F7", kF7}};

constexpr const char* kNotPrinted = "The thesis prints no values of this figure.";
constexpr const char* kPartlyPrinted =
    "Published values where the thesis prints them in its tables.";

RunName run_of(const std::string& network, const std::string& numbers, const std::string& kernels,
               const std::string& board = kL4, const std::string& optimization = "-Ofast",
               bool fpu = true) {
  return {network, numbers, kernels, optimization, fpu, board};
}

const char* title_of(const std::string& network) {
  return network == "lenet" ? "LeNet" : "ResNet-20";
}

const char* kernels_title(const std::string& kernels) {
  return kernels == "reference" ? "without CMSIS-NN (ours: reference)"
                                : "with CMSIS-NN (ours: optimized)";
}

size_t board_place(const std::string& board) {
  const auto found =
      std::ranges::find_if(kBoards, [&](const NamedBoard& named) { return board == named.board; });
  return static_cast<size_t>(found - std::begin(kBoards));
}

std::string board_title(const std::string& board) {
  const size_t place = board_place(board);
  return place < std::size(kBoards) ? kBoards[place].name : board;
}

// Series are called and ordered like the thesis' boards.
void name_boards(ExhibitRecord& record) {
  std::ranges::stable_sort(record.values, {}, [](const store::ExhibitValue& value) {
    return board_place(value.series);
  });
  for (store::ExhibitValue& value : record.values) value.series = board_title(value.series);
}

// Figures 5.2 to 5.5: bytes.
void add_sizes(std::vector<ExhibitRecord>& records, const Material& material) {
  const char* first_board_of_resnet = kF4;  // the L4 is too small for it in float32
  for (const std::string network : {"lenet", "resnet20"}) {
    const bool lenet = network == "lenet";
    const std::string board = lenet ? kL4 : first_board_of_resnet;
    const Bar models[] = {
        {.label = "float32", .run = run_of(network, "float32", "optimized", board)},
        {.label = "int8", .run = run_of(network, "int8", "optimized")}};
    records.push_back(
        bars({.number = lenet ? "Figure 5.2" : "Figure 5.3",
              .title = fmt::format("{}: size of the model's file", title_of(network)),
              .y_title = "KiB",
              .note = lenet ? "Without the mixed quantization, which TensorFlow Lite Micro does "
                              "not execute."
                            : "The thesis prints only the ratio."},
             "model_kib", "KiB", models, material));
  }
  for (const std::string network : {"lenet", "resnet20"}) {
    const bool lenet = network == "lenet";
    std::vector<Bar> flash;
    for (const std::string numbers : {"float32", "int8"})
      for (const std::string optimization : {"-Os", "-Ofast"})
        flash.push_back({.series = optimization,
                         .label = numbers,
                         .run = run_of(network, numbers, "optimized",
                                       numbers == "int8" || lenet ? kL4 : first_board_of_resnet,
                                       optimization)});
    records.push_back(
        bars({.number = lenet ? "Figure 5.4" : "Figure 5.5",
              .title = fmt::format("{}: flash by the compiler's optimization", title_of(network)),
              .y_title = "flash (KiB)",
              .note = fmt::format("{}The thesis prints the difference alone, most of which is its "
                                  "framework's.",
                                  lenet ? "" : "float32 on the F4, because the L4 is too small. ")},
             "flash_kib", "KiB", flash, material));
  }
}

// Figures 5.6 to 5.9: latencies on the L4.
void add_latencies(std::vector<ExhibitRecord>& records, const Material& material) {
  const auto add = [&](const char* number, std::string title, const std::vector<Bar>& list) {
    records.push_back(bars({.number = number,
                            .title = std::move(title),
                            .y_title = "latency (ms)",
                            .note = kPartlyPrinted},
                           "latency_ms", "ms", list, material));
  };
  std::vector<Bar> by_numbers, by_fpu, by_kernels;
  for (const std::string numbers : {"float32", "int8"}) {
    by_numbers.push_back({.label = numbers, .run = run_of("lenet", numbers, "reference")});
    for (const bool fpu : {false, true})
      by_fpu.push_back({.series = fpu ? "with FPU" : "without FPU",
                        .label = numbers,
                        .run = run_of("lenet", numbers, "reference", kL4, "-Ofast", fpu)});
    for (const std::string kernels : {"reference", "optimized"})
      by_kernels.push_back({.series = kernels_title(kernels),
                            .label = numbers,
                            .run = run_of("lenet", numbers, kernels)});
  }
  add("Figure 5.6", "LeNet on L4 without CMSIS-NN: float32 and int8", by_numbers);
  add("Figure 5.7", "LeNet on L4 without CMSIS-NN: the floating-point unit", by_fpu);
  add("Figure 5.8", "LeNet on L4: CMSIS-NN", by_kernels);
  for (const std::string network : {"lenet", "resnet20"}) {
    std::vector<Bar> by_optimization;
    for (const std::string kernels : {"reference", "optimized"})
      for (const std::string optimization : {"-Os", "-Ofast"})
        by_optimization.push_back({.series = optimization,
                                   .label = kernels_title(kernels),
                                   .run = run_of(network, "int8", kernels, kL4, optimization)});
    add(network == "lenet" ? "Figure 5.9a" : "Figure 5.9b",
        fmt::format("{} int8 on L4: the compiler's optimization", title_of(network)),
        by_optimization);
  }
}

// Figures 5.10 and 5.11: LeNet on the three boards.
void add_boards(std::vector<ExhibitRecord>& records, const Material& material) {
  std::vector<Bar> list;
  for (const auto& [name, board] : kBoards)
    for (const std::string numbers : {"float32", "int8"})
      list.push_back(
          {.series = numbers, .label = name, .run = run_of("lenet", numbers, "optimized", board)});
  records.push_back(bars({.number = "Figure 5.10",
                          .title = "LeNet with CMSIS-NN: latency on three boards",
                          .y_title = "latency (ms)",
                          .note = kPartlyPrinted},
                         "latency_ms", "ms", list, material));
  records.push_back(bars({.number = "Figure 5.11",
                          .title = "LeNet with CMSIS-NN: energy on three boards",
                          .y_title = "energy (mJ)",
                          .note = kPartlyPrinted},
                         "energy_mj", "mJ", list, material));
}

bool is_fast(const RunName& run) {
  return run.optimization == "-Ofast" && run.fpu;
}

Measurements fast_runs(const Measurements& all) {
  Measurements fast;
  for (const auto& [name, measured] : all)
    if (is_fast(name)) fast.emplace(name, measured);
  return fast;
}

// Figures 5.12, 5.13 and A.6: energy over latency.
std::string correlations(const Measurements& measurements) {
  std::string text;
  for (const auto& [name, board] : kBoards)
    if (const auto r = correlation(board, measurements))
      text += fmt::format("{}{} {:.4f}", text.empty() ? "" : ", ", name, *r);
  return text;
}

// What comes of the published statement that the F7 dominates the F4.
std::string_view comparison(const std::vector<ParetoPoint>& points) {
  const auto point_of = [&](std::string_view board) {
    return std::ranges::find(points, board, [](const ParetoPoint& point) -> std::string_view {
      return point.run.board;
    });
  };
  const auto f4 = point_of(kF4), f7 = point_of(kF7);
  if (f4 == points.end() || f7 == points.end()) return "not known, a run is missing";
  const bool is_dominated = f7->latency_ms <= f4->latency_ms && f7->energy_mj <= f4->energy_mj;
  return is_dominated ? "the same" : "NOT the same";
}

std::string verdict(const std::vector<ParetoPoint>& points) {
  std::vector<std::string> front, dominated;
  for (const ParetoPoint& point : points) {
    if (point.dominated_by.empty())
      front.push_back(board_title(point.run.board));
    else
      dominated.push_back(
          fmt::format("{} by {}", board_title(point.run.board), board_title(point.dominated_by)));
  }
  return fmt::format("on the front: {}; dominated: {}", fmt::join(front, ", "),
                     dominated.empty() ? "none" : fmt::format("{}", fmt::join(dominated, ", ")));
}

// Appends the front of our points, and the published one of the boards that the thesis names. The
// values have no label, so that they are lines without marks.
void add_fronts(ExhibitRecord& record, const std::vector<ParetoPoint>& points) {
  std::vector<store::ExhibitValue> ours, published;
  for (const ParetoPoint& point : points)
    if (point.dominated_by.empty())
      ours.push_back({.series = "front, ours",
                      .unit = "mJ",
                      .ours_x = point.latency_ms,
                      .ours = point.energy_mj});
  for (const store::ExhibitValue& value : record.values)
    if (value.published_x && value.published && value.series != board_title(kF4))
      published.push_back({.series = "front, published",
                           .unit = "mJ",
                           .published_x = value.published_x,
                           .published = value.published});
  std::ranges::sort(ours, {}, &store::ExhibitValue::ours_x);
  std::ranges::sort(published, {}, &store::ExhibitValue::published_x);
  std::ranges::move(ours, std::back_inserter(record.values));
  std::ranges::move(published, std::back_inserter(record.values));
}

ExhibitRecord pareto_figure(const std::string& network, const std::string& kernels,
                            const Material& material) {
  const std::vector<ParetoPoint> points =
      pareto_points(network, kernels, fast_runs(material.measurements));
  ExhibitRecord record = run_points(
      {.number = network == "lenet" ? "Figure A.6" : "Figure 5.13",
       .title = fmt::format("{}, {} kernels: energy over latency", title_of(network), kernels),
       .note = fmt::format("Pareto front of each board's fastest run. Ours: {}. Published: on the "
                           "front: L4, F7; dominated: F4 by F7. They are {}.",
                           verdict(points), comparison(points))},
      [&](const RunName& run) {
        return run.network == network && run.kernels == kernels && is_fast(run);
      },
      material);
  name_boards(record);
  for (store::ExhibitValue& value : record.values)
    for (const ParetoPoint& point : points)
      if (value.run_key == key_of(point.run, material.measurements))
        value.label += point.dominated_by.empty()
                           ? ", on the front"
                           : ", dominated by " + board_title(point.dominated_by);
  add_fronts(record, points);
  return record;
}

void add_energies(std::vector<ExhibitRecord>& records, const Material& material) {
  records.push_back(run_points(
      {.number = "Figure 5.12",
       .title = "Energy over latency of every run with -Ofast and FPU",
       .note = fmt::format("Pearson's r over our runs: {}; the paper's (Figure 6): 0.9946. Ours is "
                           "1 on each board by "
                           "construction, because energy is latency times one power. {}",
                           correlations(fast_runs(material.measurements)), kPartlyPrinted)},
      is_fast, material));
  name_boards(records.back());
  for (const char* network : {"resnet20", "lenet"})
    for (const char* kernels : {"optimized", "reference"})
      records.push_back(pareto_figure(network, kernels, material));
}

char part_of_figure(const std::string& network) {
  return network == "lenet" ? 'a' : 'b';
}

// Figure 5.14.
ExhibitRecord layer_latencies(const std::string& network, const Material& material) {
  ExhibitRecord record{
      .exhibit = {.number = fmt::format("Figure 5.14{}", part_of_figure(network)),
                  .kind = "bars",
                  .title = fmt::format("{} int8 on L4: latency of its layers", title_of(network)),
                  .y_title = "latency (ms)",
                  .note = kNotPrinted}};
  for (const std::string kernels : {"reference", "optimized"}) {
    const RunName run = run_of(network, "int8", kernels);
    const auto layers = layer_sums(run, material.measurements);
    std::vector<double> latencies;
    latencies.reserve(layers.size());
    for (const LayerSum& layer : layers) latencies.push_back(layer.latency_ms);
    add_layer_bars(record, kernels_title(kernels), "ms", layers, latencies,
                   key_of(run, material.measurements));
  }
  return record;
}

// Figure 5.15.
ExhibitRecord layer_shares(const std::string& network, const Material& material) {
  ExhibitRecord record{
      .exhibit = {.number = fmt::format("Figure 5.15{}", part_of_figure(network)),
                  .kind = "bars",
                  .title = fmt::format("{} int8: its layers' share of the time", title_of(network)),
                  .y_title = "share of the latency (%)",
                  .note = fmt::format("Means over the three boards. {}", kNotPrinted)}};
  for (const std::string kernels : {"reference", "optimized"}) {
    std::vector<LayerSum> layers;
    std::vector<double> means;
    int boards = 0;
    for (const auto& [name, board] : kBoards) {
      const auto own = layer_sums(run_of(network, "int8", kernels, board), material.measurements);
      if (own.empty() || (!layers.empty() && own.size() != layers.size())) continue;
      layers = own;
      means.resize(own.size());
      const std::vector<double> parts = shares(own, &LayerSum::latency_ms);
      std::ranges::transform(means, parts, means.begin(), std::plus());
      ++boards;
    }
    for (double& mean : means) mean /= boards;
    add_layer_bars(record, kernels_title(kernels), "%", layers, means);
  }
  return record;
}

// Figure 5.17.
ExhibitRecord layer_proportions(const std::string& kernels, const Material& material) {
  ExhibitRecord record{
      .exhibit = {.number = kernels == "optimized" ? "Figure 5.17a" : "Figure 5.17b",
                  .kind = "bars",
                  .title = fmt::format("LeNet int8 on L4 {}: what its layers have of the whole",
                                       kernels_title(kernels)),
                  .y_title = "share (%)",
                  .note = kNotPrinted}};
  const RunName run = run_of("lenet", "int8", kernels);
  const auto layers = layer_sums(run, material.measurements);
  const auto add = [&](const char* series, double LayerSum::*quantity) {
    add_layer_bars(record, series, "%", layers, shares(layers, quantity),
                   key_of(run, material.measurements));
  };
  add("weights (bytes)", &LayerSum::constant_bytes);
  add("MACCs", &LayerSum::maccs);
  add("latency", &LayerSum::latency_ms);
  return record;
}

// Figures 5.14 to 5.17.
void add_layers(std::vector<ExhibitRecord>& records, const Material& material) {
  for (const char* network : {"lenet", "resnet20"})
    records.push_back(layer_latencies(network, material));
  for (const char* network : {"lenet", "resnet20"})
    records.push_back(layer_shares(network, material));
  records.push_back(layer_points(
      {.number = "Figure 5.16",
       .title = "Energy over latency of every layer, int8, -Ofast",
       .note = fmt::format("Ours lie on lines by construction. {}", kNotPrinted)},
      [](const RunName& run) { return is_fast(run) && run.numbers == "int8"; }, material));
  name_boards(records.back());
  for (const char* kernels : {"optimized", "reference"})
    records.push_back(layer_proportions(kernels, material));
}

// The networks of sections 5.3.3.3 and 6.2, on the L4.
struct Decision {
  const char* network;
  uint64_t input_bytes;
  double days;                             // published, from a CR2477 with an inference every 30 s
  std::vector<std::string> worth_sending;  // published: radios that take less than inferring
};
const std::vector<Decision>& decisions() {
  static const std::vector<Decision> list = {{"resnet20", 3072, 39, {"ble5", "fsk", "lora"}},
                                             {"lenet", 1024, 39 * 61, {"ble5"}}};
  return list;
}
constexpr const char* kRadios[] = {"ble5", "fsk", "lora", "umts"};

double sending_mj(const decide::Radio& radio, uint64_t bytes) {
  return decide::transfer(radio, bytes, decide::Direction::kSend, decide::Packets::kIgnored)
             .energy_uj /
         1e3;
}

RunName best_build(const char* network) {
  return run_of(network, "int8", "optimized");
}

const store::Run* best_run(const char* network, const Measurements& measurements) {
  const auto found = measurements.find(best_build(network));
  if (found == measurements.end()) return nullptr;
  const store::Run& run = found->second.run;
  return run.energy_uj && run.latency_ms ? &run : nullptr;
}

Result<ExhibitRecord> radio_figure(const Material& material) {
  ExhibitRecord record{
      .exhibit = {.number = "Figure 6.2",
                  .kind = "curves",
                  .title = "Sending the input, or inferring on the L4",
                  .x_title = "bytes to send",
                  .y_title = "energy (mJ)",
                  .note = "The thesis prints no values of the radios; ours are of the bare "
                          "payload at the radio's bit rate, as there. Sending takes less "
                          "energy than inferring"}};
  std::vector<decide::Radio> radios;
  for (const char* name : kRadios) {
    THIMBLE_ASSIGN(decide::Radio radio, decide::load_radio(name));
    for (uint64_t bytes = 64; bytes <= 65536; bytes *= 2)
      record.values.push_back({.series = name,
                               .label = fmt::format("{}, {} B", name, bytes),
                               .unit = "mJ",
                               .ours_x = static_cast<double>(bytes),
                               .ours = sending_mj(radio, bytes)});
    radios.push_back(std::move(radio));
  }
  for (const Decision& paper : decisions()) {
    const store::Run* run = best_run(paper.network, material.measurements);
    const auto bytes = static_cast<double>(paper.input_bytes);
    store::ExhibitValue value = {
        .series = title_of(paper.network),
        .label = fmt::format("{}, inference", title_of(paper.network)),
        .unit = "mJ",
        .published_x = bytes,
        .published = published_value("energy_mj", best_build(paper.network), material.figures),
        .reason = "not run"};
    std::vector<std::string> worth_sending;
    if (run) {
      value.ours_x = bytes;
      value.ours = *run->energy_uj / 1e3;
      value.reason.clear();
      value.run_key = run->key;
      for (const decide::Radio& radio : radios)
        if (sending_mj(radio, paper.input_bytes) < *value.ours) worth_sending.push_back(radio.name);
    }
    record.exhibit.note +=
        fmt::format("{} for {} with {} (ours: {})", &paper == &decisions()[0] ? "" : ", ",
                    title_of(paper.network), fmt::join(paper.worth_sending, ", "),
                    !run                    ? "not run"
                    : worth_sending.empty() ? "none"
                                            : fmt::format("{}", fmt::join(worth_sending, ", ")));
    record.values.push_back(std::move(value));
  }
  record.exhibit.note += ".";
  return record;
}

}  // namespace

Result<std::vector<ExhibitRecord>> heim_tables(const Material& material) {
  constexpr double kPeriodSeconds = 30;
  ExhibitRecord days{
      .exhibit = {.number = "Section 5.3.3.3",
                  .title = "Days from a CR2477 with an inference every 30 s, int8, with CMSIS-NN",
                  .note = "Ours count sleep and self-discharge too."}};
  THIMBLE_ASSIGN(const board::Board board, board::load_board(kL4));
  THIMBLE_ASSIGN(const decide::Cell cell, decide::load_cell("CR2477"));
  for (const Decision& paper : decisions()) {
    const store::Run* run = best_run(paper.network, material.measurements);
    store::ExhibitValue value = {.label = fmt::format("{} on L4", title_of(paper.network)),
                                 .unit = "days",
                                 .published = paper.days,
                                 .reason = "not run"};
    if (run) {
      const auto life = decide::battery_life(cell, {.period_s = kPeriodSeconds,
                                                    .inference_s = *run->latency_ms / 1e3,
                                                    .inference_uj = *run->energy_uj,
                                                    .sleep_mw = board.power.sleep_mw});
      if (life) value.ours = life->days;
      value.reason = life ? "" : life.error().message;
      value.run_key = run->key;
    }
    days.values.push_back(std::move(value));
  }
  std::vector<ExhibitRecord> tables = {std::move(days)};
  if (!material.studies.empty()) tables.push_back(study::gain_table(material.studies));
  return tables;
}

Result<std::vector<ExhibitRecord>> heim_figures(const Material& material) {
  std::vector<ExhibitRecord> records;
  add_sizes(records, material);
  add_latencies(records, material);
  add_boards(records, material);
  add_energies(records, material);
  add_layers(records, material);
  THIMBLE_ASSIGN(ExhibitRecord radios, radio_figure(material));
  records.push_back(std::move(radios));
  std::ranges::move(study::figures(material.studies), std::back_inserter(records));
  return records;
}

}  // namespace thimble::reproduce
