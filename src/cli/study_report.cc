#include "cli/study_report.h"

#include <fmt/format.h>

#include "base/files.h"
#include "base/text.h"
#include "study/analysis.h"
#include "study/exhibits.h"
#include "study/plot.h"

namespace thimble::cli {
namespace {

using base::grouped;
using base::TextTable;
using nlohmann::ordered_json;
using study::GainRow;
using study::Sample;
using study::Series;
using study::Study;
using study::Variant;

GainRow gain_of(const Study& one) {
  const Series& lengths = one.grid.series[0];
  return study::gain_row(study::samples_of(lengths, Variant::kReference, one.samples),
                         study::samples_of(lengths, Variant::kOptimized, one.samples));
}

std::vector<std::string> gain_cells(std::string name, const std::string& whose,
                                    const GainRow& row) {
  std::vector<std::string> cells = {std::move(name), whose,
                                    fmt::format("{:.1f}", row.reference_ns)};
  for (const auto& gain : row.gain) cells.push_back(gain ? fmt::format("{:.2f} x", *gain) : "-");
  return cells;
}

std::string title(const Study& one, const Series& series) {
  study::Point point = series.points[0];
  return fmt::format("{} by {}, from {}", study::kind_name(one.grid.kind), series.parameter,
                     point.text());
}

void print_series(const Study& one, const Series& series) {
  TextTable table({{series.parameter},
                   {"MACCs"},
                   {"c_e"},
                   {"cycles"},
                   {"us"},
                   {"ns/c_e"},
                   {"ns/MACC"},
                   {"reference us"},
                   {"gain"},
                   {"float us"},
                   {"kernel", TextTable::Align::kLeft}});
  const auto find = [&](const study::Point& point, Variant variant) -> const Sample* {
    for (const Sample& sample : one.samples)
      if (sample.variant == variant && sample.point == point) return &sample;
    return nullptr;
  };
  const auto us = [](const Sample* sample) {
    return sample && sample->measured() ? fmt::format("{:.2f}", sample->latency_us)
                                        : std::string("-");
  };
  for (size_t i = 0; i < series.points.size(); ++i) {
    const Sample* best = find(series.points[i], Variant::kOptimized);
    const Sample* reference = find(series.points[i], Variant::kReference);
    std::vector<std::string> row = {fmt::format("{}", series.values[i]), grouped(best->maccs),
                                    fmt::format("{:g}", best->paper_maccs)};
    if (best->measured())
      row.insert(row.end(),
                 {grouped(best->cycles), us(best), fmt::format("{:.2f}", best->ns_per_paper_macc()),
                  fmt::format("{:.2f}", best->ns_per_macc())});
    else
      row.insert(row.end(), {"-", "-", "-", "-"});
    row.push_back(us(reference));
    row.push_back(best->measured() && reference->measured()
                      ? fmt::format("{:.2f} x", reference->latency_us / best->latency_us)
                      : "-");
    row.push_back(us(find(series.points[i], Variant::kFloat)));
    row.push_back(best->measured() ? best->kernel : best->reason);
    table.add_row(std::move(row));
  }
  fmt::print("{}\n\n{}\n", title(one, series), table.to_string());
}

// Figures 4, 5, 8 and 9: the latency over the length, with the classes of lengths marked.
void print_plot(const Study& one, const Series& series) {
  std::vector<study::PlotPoint> points;
  for (const Sample& sample : study::samples_of(series, Variant::kOptimized, one.samples)) {
    const int32_t length = sample.point.length;
    points.push_back({.x = static_cast<double>(length),
                      .y = sample.latency_us,
                      .mark = length % 4 == 0   ? '4'
                              : length % 2 == 0 ? 'e'
                                                : 'o'});
  }
  fmt::print("{}\n", study::plot(points, series.parameter,
                                 "us, optimized: o odd, e even, 4 divisible by 4"));
}

ordered_json gain_json(const GainRow& row) {
  const auto value = [&](study::Lengths lengths) -> ordered_json {
    const auto& gain = row.gain[static_cast<size_t>(lengths)];
    return gain ? ordered_json(*gain) : ordered_json();
  };
  return {{"reference_ns", row.reference_ns},
          {"all", value(study::Lengths::kAll)},
          {"odd", value(study::Lengths::kOdd)},
          {"even", value(study::Lengths::kEven)},
          {"divisible_by_4", value(study::Lengths::kDivisibleBy4)}};
}

void print_gains(const std::vector<Study>& studies) {
  TextTable table({{"layer", TextTable::Align::kLeft},
                   {"", TextTable::Align::kLeft},
                   {"reference ns/op"},
                   {"gain: all"},
                   {"odd"},
                   {"even"},
                   {"by 4"}});
  for (const Study& one : studies) {
    table.add_row(gain_cells(study::kind_name(one.grid.kind), "simulated", gain_of(one)));
    table.add_row(gain_cells("", "paper, L496", study::published_gain(one.grid.kind)));
  }
  fmt::print(
      "Time per operation of the reference kernels (c_e of the paper counts a 1x1 convolution "
      "twice),\nand how many times faster the optimized ones are, by the length of the "
      "input\n\n{}\n",
      table.to_string());
}

}  // namespace

void print_study(const board::Board& board, const std::string& optimization,
                 const std::vector<Study>& studies, bool plots) {
  fmt::print("{}: {} at {:g} MHz, {}, simulated\n\n", board.name, board.core,
             static_cast<double>(board.clock_hz) / 1e6, optimization);
  for (const Study& one : studies)
    for (const Series& series : one.grid.series) {
      print_series(one, series);
      if (plots && &series == &one.grid.series[0]) print_plot(one, series);
    }
  print_gains(studies);
  fmt::print("Guidelines for {}, from the figures above\n", board.name);
  for (const Study& one : studies)
    for (const std::string& line : study::guidelines(one))
      fmt::print("- {}\n", base::wrapped(line, 96, 2));
}

ordered_json study_json(const board::Board& board, const std::string& optimization,
                        const std::vector<Study>& studies) {
  ordered_json list = ordered_json::array();
  for (const Study& one : studies) {
    ordered_json layers = ordered_json::array();
    for (const Sample& s : one.samples) {
      ordered_json layer = {{"length", s.point.length}, {"units", s.point.units},
                            {"size", s.point.size},     {"kernel", s.point.kernel},
                            {"stride", s.point.stride}, {"variant", study::variant_name(s.variant)},
                            {"maccs", s.maccs},         {"paper_maccs", s.paper_maccs}};
      if (s.measured()) {
        layer["cycles"] = s.cycles;
        layer["latency_us"] = s.latency_us;
        layer["way"] = s.kernel;
      } else {
        layer["reason"] = s.reason;
      }
      layers.push_back(std::move(layer));
    }
    list.push_back({{"layer", study::kind_name(one.grid.kind)},
                    {"gain", gain_json(gain_of(one))},
                    {"published_gain", gain_json(study::published_gain(one.grid.kind))},
                    {"guidelines", study::guidelines(one)},
                    {"layers", layers}});
  }
  return {{"schema", "thimble-study/1"},
          {"board", board.name},
          {"optimization", optimization},
          {"simulated", true},
          {"studies", list}};
}

base::Result<> write_study_csv(const std::filesystem::path& path, const board::Board& board,
                               const std::vector<Study>& studies) {
  std::string text =
      "board,layer,series,value,variant,length,units,size,kernel,stride,maccs,paper_maccs,cycles,"
      "latency_us,ns_per_paper_macc,ns_per_macc\n";
  for (const Study& one : studies)
    for (const Series& series : one.grid.series)
      for (size_t i = 0; i < series.points.size(); ++i)
        for (const Sample& s : one.samples) {
          if (s.point != series.points[i] || !s.measured()) continue;
          text += fmt::format("{},{},{},{},{},{},{},{},{},{},{},{:g},{},{:.4f},{:.4f},{:.4f}\n",
                              board.name, study::kind_name(one.grid.kind), series.parameter,
                              series.values[i], study::variant_name(s.variant), s.point.length,
                              s.point.units, s.point.size, s.point.kernel, s.point.stride, s.maccs,
                              s.paper_maccs, s.cycles, s.latency_us, s.ns_per_paper_macc(),
                              s.ns_per_macc());
        }
  return base::write_file(path, text);
}

}  // namespace thimble::cli
