#include "study/keep.h"

#include <array>
#include <filesystem>

#include "base/sha256.h"
#include "base/text.h"
#include "base/version.h"

namespace thimble::study {
namespace {

using base::Result;
using store::StudyLayer;

// Changes with the meaning of a key's parts.
constexpr const char* kKeyVersion = "thimble-study-layer/1";

const char* preference_name(plan::Preference preference) {
  constexpr std::array kNames = {"speed", "balanced", "size"};
  return kNames[static_cast<size_t>(preference)];
}

// What the layers of one study have in common.
struct Origin {
  std::string board_argument, compiler_version;
  const board::Board& board;
  const board::Core& core;
  const RunOptions& options;
};

// A row as far as it is known before the layer is measured.
StudyLayer unmeasured_row(const Sample& sample, const Origin& origin) {
  const Point& point = sample.point;
  StudyLayer row;
  row.kind = kind_name(point.kind);
  row.length = point.length;
  row.units = point.units;
  row.size = point.size;
  row.kernel = point.kernel;
  row.stride = point.stride;
  row.variant = variant_name(sample.variant);
  row.prefer = preference_name(origin.options.prefer);
  row.optimization = origin.options.build.optimization;
  row.board = origin.board.name;
  row.thimble_version = base::version();
  row.compiler_version = origin.compiler_version;
  row.command =
      fmt::format("cd {} && thimble study {} --board {} --opt {} --prefer {}",
                  base::shell_quoted(std::filesystem::current_path().string()),
                  base::shell_quoted(point.spec()), base::shell_quoted(origin.board_argument),
                  row.optimization, row.prefer);
  const std::vector<std::string> parts = {
      kKeyVersion,          point.spec(),      row.variant,
      row.prefer,           row.optimization,  row.thimble_version,
      row.compiler_version, origin.board.toml, origin.core.timing_toml};
  std::string text;
  for (const std::string& part : parts) text += fmt::format("{}:{}", part.size(), part);
  row.key = base::sha256_hex(text);
  return row;
}

StudyLayer measured_row(const Sample& sample, const Origin& origin) {
  StudyLayer row = unmeasured_row(sample, origin);
  row.maccs = static_cast<int64_t>(sample.maccs);
  row.paper_maccs = sample.paper_maccs;
  row.way = sample.kernel;
  row.reason = sample.reason;
  if (sample.measured()) {
    row.cycles = static_cast<int64_t>(sample.cycles);
    row.latency_us = sample.latency_us;
  }
  return row;
}

Sample with_row(Sample sample, const StudyLayer& row) {
  sample.cycles = static_cast<uint64_t>(row.cycles.value_or(0));
  sample.latency_us = row.latency_us.value_or(0);
  sample.maccs = static_cast<uint64_t>(row.maccs);
  sample.paper_maccs = row.paper_maccs;
  sample.kernel = row.way;
  sample.reason = row.reason;
  return sample;
}

std::vector<Sample> known_samples(const Grid& grid, const Origin& origin,
                                  const std::vector<StudyLayer>& rows) {
  std::unordered_map<std::string, const StudyLayer*> by_key;
  for (const StudyLayer& row : rows) by_key.emplace(row.key, &row);
  std::vector<Sample> known;
  for (const Series& series : grid.series)
    for (const Point& point : series.points)
      for (const Variant variant : origin.options.variants) {
        const Sample sample = {.point = point, .variant = variant};
        const auto found = by_key.find(unmeasured_row(sample, origin).key);
        if (found != by_key.end()) known.push_back(with_row(sample, *found->second));
      }
  return known;
}

}  // namespace

Result<Study> run_kept_study(Grid grid, const std::string& board_argument,
                             const board::Board& board, const board::Core& core, RunOptions options,
                             store::Store& store) {
  THIMBLE_ASSIGN(std::string compiler, firmware::compiler_version(options.build.compiler));
  const Origin origin = {board_argument, std::move(compiler), board, core, options};
  THIMBLE_ASSIGN(const std::vector<StudyLayer> rows, store.study_layers());
  options.known = known_samples(grid, origin, rows);
  options.on_measured = [&](const std::vector<Sample>& measured) -> Result<> {
    std::vector<StudyLayer> added;
    added.reserve(measured.size());
    for (const Sample& sample : measured) added.push_back(measured_row(sample, origin));
    return store.add_study_layers(added);
  };
  return run_study(std::move(grid), board, core, options);
}

}  // namespace thimble::study
