#include "cli/reproduce_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "base/text.h"
#include "board/board.h"
#include "decide/battery.h"
#include "decide/offload.h"

namespace thimble::cli {
namespace {

using base::TextTable;
using nlohmann::ordered_json;
using reproduce::Figure;
using reproduce::Measurements;
using reproduce::ParetoPoint;

// The networks of Heim's comparison, and what it says of their Pareto front.
constexpr const char* kParetoNetworks[] = {"lenet", "resnet20"};
constexpr const char* kParetoKernels[] = {"optimized", "reference"};
constexpr const char *kPublishedDominated = "disco-f469ni", *kPublishedDominating = "nucleo-f767zi";

std::string number(double value) {
  return std::abs(value) >= 1000 ? fmt::format("{:.0f}", value) : fmt::format("{:.4g}", value);
}

void print_item(const std::string& item, const std::vector<const Figure*>& figures) {
  TextTable table({{item, TextTable::Align::kLeft},
                   {"published"},
                   {"ours"},
                   {"", TextTable::Align::kLeft},
                   {"ratio"},
                   {"", TextTable::Align::kLeft}});
  for (const Figure* figure : figures) {
    const auto ratio = figure->ratio();
    table.add_row({figure->row.what, figure->row.published ? number(*figure->row.published) : "-",
                   figure->ours ? number(*figure->ours) : "-", figure->row.unit,
                   ratio ? fmt::format("{:.2f}", *ratio) : "-",
                   figure->ours ? "" : figure->reason});
  }
  fmt::print("{}\n", table.to_string());
}

// What comes of the published statement.
std::string_view comparison(const std::vector<ParetoPoint>& points) {
  const auto point_of = [&](std::string_view board) {
    return std::ranges::find(points, board, [](const ParetoPoint& point) -> std::string_view {
      return point.run.board;
    });
  };
  const auto f4 = point_of(kPublishedDominated), f7 = point_of(kPublishedDominating);
  if (f4 == points.end() || f7 == points.end()) return "not known, a run is missing";
  const bool is_dominated = f7->latency_ms <= f4->latency_ms && f7->energy_mj <= f4->energy_mj;
  return is_dominated ? "the same" : "NOT the same";
}

std::string verdict(const std::vector<ParetoPoint>& points) {
  std::vector<std::string> front, dominated;
  for (const ParetoPoint& point : points) {
    if (point.dominated_by.empty())
      front.push_back(point.run.board);
    else
      dominated.push_back(fmt::format("{} by {}", point.run.board, point.dominated_by));
  }
  return fmt::format("on the front: {}; dominated: {}", fmt::join(front, ", "),
                     dominated.empty() ? "none" : fmt::format("{}", fmt::join(dominated, ", ")));
}

}  // namespace

void print_figures(const std::vector<Figure>& figures) {
  // Rows of one item lie together, but an item may come up again further down.
  std::vector<std::string> items;
  for (const Figure& figure : figures)
    if (std::ranges::find(items, figure.row.item) == items.end()) items.push_back(figure.row.item);
  for (const std::string& item : items) {
    std::vector<const Figure*> rows;
    for (const Figure& figure : figures)
      if (figure.row.item == item) rows.push_back(&figure);
    print_item(item, rows);
  }
  size_t missing = 0;
  std::vector<double> latencies;
  for (const Figure& figure : figures) {
    if (!figure.ours) ++missing;
    const auto ratio = figure.ratio();
    if (ratio && figure.row.metric == "latency_ms" && figure.row.unit == "ms")
      latencies.push_back(*ratio);
  }
  fmt::print("{} figures, {} of them not reproduced for the reason beside them\n", figures.size(),
             missing);
  if (latencies.empty()) return;
  std::ranges::sort(latencies);
  fmt::print("latency, ours (simulated) / published: median {:.2f}, from {:.2f} to {:.2f}\n",
             latencies[latencies.size() / 2], latencies.front(), latencies.back());
}

void print_pareto(const Measurements& measurements) {
  for (const char* network : kParetoNetworks)
    for (const char* kernels : kParetoKernels) {
      const std::vector<ParetoPoint> points =
          reproduce::pareto_points(network, kernels, measurements);
      if (points.empty()) continue;
      TextTable table(
          {{fmt::format("Pareto front, {}, {} kernels", network, kernels), TextTable::Align::kLeft},
           {"ms"},
           {"mJ"},
           {"", TextTable::Align::kLeft}});
      for (const ParetoPoint& point : points)
        table.add_row(
            {point.run.board, number(point.latency_ms), number(point.energy_mj),
             point.dominated_by.empty() ? "on the front" : "dominated by " + point.dominated_by});
      fmt::print("\n{}", table.to_string());
      fmt::print("ours:      {}\n", verdict(points));
      fmt::print("published: on the front: L4, F7; dominated: F4 by F7 (Figures 5.13, A.6): {}\n",
                 comparison(points));
    }
  std::set<std::string> boards;
  for (const auto& [run, measured] : measurements) boards.insert(run.board);
  fmt::print(
      "\nFigures 5.12, 5.16: energy against latency, Pearson's r over our runs (published: "
      "0.9946 over\nconfigurations). Ours is 1 on each board by construction: energy is "
      "latency times one power (docs/energy.md)\n");
  for (const std::string& board : boards)
    if (const auto r = reproduce::correlation(board, measurements))
      fmt::print("  {}: r = {:.4f}\n", board, *r);
}

base::Result<> print_decisions(const Measurements& measurements) {
  constexpr const char* kBoard = "nucleo-l496zg";
  struct Published {
    const char* network;
    uint64_t input_bytes;
    double days;                             // from a CR2477, every 30 s
    std::vector<std::string> worth_sending;  // radios that take less than inferring
  };
  const Published published[] = {{"resnet20", 3072, 39, {"ble5", "fsk", "lora"}},
                                 {"lenet", 1024, 39 * 61, {"ble5"}}};
  THIMBLE_ASSIGN(const board::Board board, board::load_board(kBoard));
  THIMBLE_ASSIGN(const decide::Cell cell, decide::load_cell("CR2477"));
  TextTable table({{"network on L4", TextTable::Align::kLeft},
                   {"mJ"},
                   {"days: published"},
                   {"ours"},
                   {"sending takes less: published", TextTable::Align::kLeft},
                   {"ours", TextTable::Align::kLeft}});
  for (const Published& paper : published) {
    for (const ParetoPoint& point :
         reproduce::pareto_points(paper.network, "optimized", measurements)) {
      if (point.run.board != kBoard) continue;
      THIMBLE_ASSIGN(const decide::BatteryLife life,
                     decide::battery_life(cell, {.period_s = 30,
                                                 .inference_s = point.latency_ms / 1e3,
                                                 .inference_uj = point.energy_mj * 1e3,
                                                 .sleep_mw = board.power.sleep_mw}));
      std::vector<std::string> worth_sending;
      for (const char* name : {"ble5", "fsk", "lora", "umts"}) {
        THIMBLE_ASSIGN(const decide::Radio radio, decide::load_radio(name));
        const decide::Offload sent = decide::offload(
            radio, {.send_bytes = paper.input_bytes, .packets = decide::Packets::kIgnored},
            point.energy_mj * 1e3);
        if (sent.energy_uj < point.energy_mj * 1e3) worth_sending.emplace_back(name);
      }
      table.add_row({paper.network, number(point.energy_mj), number(paper.days), number(life.days),
                     fmt::format("{}", fmt::join(paper.worth_sending, ", ")),
                     fmt::format("{}", fmt::join(worth_sending, ", "))});
    }
  }
  fmt::print(
      "\nSections 5.3.3.3 and 6.2: days from a CR2477 with an inference every 30 s (ours count "
      "sleep "
      "and\nself-discharge too), and radios that send the input for less energy than "
      "inferring\n\n{}",
      table.to_string());
  return {};
}

ordered_json figures_json(const std::vector<Figure>& figures) {
  ordered_json list = ordered_json::array();
  for (const Figure& figure : figures) {
    ordered_json object = {{"item", figure.row.item},
                           {"what", figure.row.what},
                           {"metric", figure.row.metric},
                           {"unit", figure.row.unit}};
    if (figure.row.published) object["published"] = *figure.row.published;
    if (figure.ours)
      object["ours"] = *figure.ours;
    else
      object["reason"] = figure.reason;
    if (const auto ratio = figure.ratio()) object["ratio"] = *ratio;
    list.push_back(std::move(object));
  }
  return list;
}

ordered_json pareto_json(const Measurements& measurements) {
  ordered_json list = ordered_json::array();
  for (const char* network : kParetoNetworks)
    for (const char* kernels : kParetoKernels)
      for (const ParetoPoint& point : reproduce::pareto_points(network, kernels, measurements))
        list.push_back({{"network", network},
                        {"kernels", kernels},
                        {"board", point.run.board},
                        {"latency_ms", point.latency_ms},
                        {"energy_mj", point.energy_mj},
                        {"dominated_by", point.dominated_by}});
  return list;
}

}  // namespace thimble::cli
