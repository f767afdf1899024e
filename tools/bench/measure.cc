#include "tools/bench/measure.h"

#include <nlohmann/json.hpp>

#include "base/subprocess.h"

namespace thimble::bench {
namespace {

namespace fs = std::filesystem;
using base::ErrorCode;
using base::Result;
using nlohmann::json;

constexpr auto kTimeout = std::chrono::seconds(1200);

Result<std::string> run_thimble(const Setup& setup, std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), setup.thimble.string());
  THIMBLE_ASSIGN(base::ProcessOutput result, base::run_process(arguments, {}, kTimeout));
  if (result.exit_code != 0)
    return base::fail(ErrorCode::kToolFailed, "{}:\n{}", fmt::join(arguments, " "), result.output);
  return std::move(result.output);
}

// Our own program's output: a missing member is our bug, and json throws.
Figures read_figures(const json& m) {
  Figures figures;
  figures.maccs = m.at("totals").at("maccs_executed");
  figures.cycles = m.at("totals").at("cycles");
  figures.clock_hz = m.at("clock_hz");
  figures.arena_bytes = m.at("ram").at("arena_bytes");
  figures.stack_bytes = m.at("ram").at("stack_bytes");
  figures.weights_ram_bytes = m.at("ram").at("weights_bytes");
  figures.static_bytes = m.at("ram").at("static_bytes");
  figures.code_bytes = m.at("flash").at("code_bytes");
  figures.weights_bytes = m.at("flash").at("weights_bytes");
  figures.uncertainty_percent = m.at("uncertainty_percent");
  for (const json& layer : m.at("layers")) {
    std::string kernel = layer.at("kernel");
    if (layer.at("weights_in_ram")) kernel += ", RAM";
    figures.layers.push_back({layer.at("index"), layer.at("op"), std::move(kernel),
                              layer.at("maccs"), layer.at("cycles")});
  }
  return figures;
}

}  // namespace

Result<std::optional<fs::path>> find_model(const Setup& setup, const Row& row) {
  constexpr std::string_view kShared = "shared:", kZoo = "zoo:";
  if (row.source.starts_with(kZoo)) {
    const fs::path path = setup.scratch / (row.network + ".tflite");
    if (!fs::exists(path))
      THIMBLE_TRY(run_thimble(setup, {"zoo", row.source.substr(kZoo.size()), "-o", path.string()}));
    return path;
  }
  const fs::path path = row.source.starts_with(kShared)
                            ? setup.models / row.source.substr(kShared.size())
                            : setup.root / row.source;
  if (!fs::exists(path)) return std::nullopt;
  return path;
}

Result<Figures> measure(const Setup& setup, const Row& row, const fs::path& model) {
  std::vector<std::string> arguments = {"bench",    model.string(), "--board", row.board,
                                        "--prefer", row.prefer,     "--json"};
  if (row.is_tuned()) {
    const fs::path choices = choices_file(setup.root, row);
    if (setup.tune) {
      std::error_code ignored;  // writing the file says what is wrong
      fs::create_directories(choices.parent_path(), ignored);
      arguments.push_back("--tune");
    }
    arguments.insert(arguments.end(), {"--choices", choices.string()});
  }
  THIMBLE_ASSIGN(const std::string output, run_thimble(setup, arguments));
  const json m = json::parse(output, nullptr, false);
  if (!m.is_object())
    return base::fail(ErrorCode::kToolFailed, "thimble bench printed no JSON: {}", output);
  return read_figures(m);
}

std::optional<double> peer_cycles(const Setup& setup, const Row& row) {
  if (setup.peer_directory.empty()) return std::nullopt;
  const fs::path elf = setup.peer_directory / (row.network + ".elf");
  if (!fs::exists(elf)) return std::nullopt;
  const auto output = run_thimble(
      setup, {"sim", elf.string(), "--board", row.board, "--json", "--max-seconds", "60"});
  if (!output) return std::nullopt;
  const json m = json::parse(*output, nullptr, false);
  if (!m.is_object() || !m.contains("functions")) return std::nullopt;
  // The outermost of the functions with that name.
  std::optional<double> cycles;
  for (const json& function : m.at("functions")) {
    const std::string name = function.at("name");
    const auto calls = function.at("calls").get<double>();
    if (calls == 0 || name.find(setup.peer_symbol) == std::string::npos) continue;
    const double mean = function.at("inclusive").at("cycles").get<double>() / calls;
    cycles = std::max(cycles.value_or(0), mean);
  }
  return cycles;
}

}  // namespace thimble::bench
