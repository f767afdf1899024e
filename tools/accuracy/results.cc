#include "tools/accuracy/results.h"

#include "base/files.h"
#include "base/subprocess.h"
#include "board/board.h"
#include "sim/machine.h"
#include "tools/accuracy/csv.h"
#include "tools/accuracy/fuzz/report.h"
#include "tools/accuracy/hardware.h"
#include "tools/accuracy/programs.h"

namespace thimble::accuracy {
namespace {

std::string first_line(const std::vector<std::string>& command) {
  const auto result = base::run_process(command);
  if (!result) return "unknown";
  return result->output.substr(0, result->output.find('\n'));
}

constexpr std::string_view kVersionsPrefix = "# Simulated by Thimble; timing_version: ";

// Whether the program leaves the same registers and memory behind on QEMU.
base::Result<std::string> compare_with_qemu(const Simulators& simulators,
                                            const AssembledProgram& program) {
  const CaseBatch batch(simulators.target(), std::span(&program.test, 1), simulators.case_return());
  const auto qemu = simulators.run_qemu(batch);
  if (!qemu && qemu.error().code == base::ErrorCode::kNotFound) return "not run";
  THIMBLE_TRY(qemu);
  THIMBLE_ASSIGN(const Outcome ours, simulators.run_ours(batch));
  return first_difference(*qemu, ours, 1, simulators.target()) ? "differs" : "equal";
}

}  // namespace

std::string timing_versions() {
  std::string text;
  for (const Target& target : targets()) {
    const auto core = board::load_core(target.core);
    if (core) text += fmt::format("{} {}; ", target.core, core->timing_version);
  }
  return text + fmt::format("memories {}", sim::kMemoryTimingVersion);
}

base::Result<std::vector<std::string>> stale_results(const Paths& paths) {
  const std::string expected = fmt::format("{}{}.\n", kVersionsPrefix, timing_versions());
  std::vector<std::string> stale;
  for (const char* name : {"programs", "networks", "boards", "hardware", "coremark", "mlperf"}) {
    if (!std::filesystem::exists(paths.results(name))) continue;
    THIMBLE_ASSIGN(const std::string text, base::read_text_file(paths.results(name)));
    if (text.find(expected) == std::string::npos) stale.push_back(name);
  }
  return stale;
}

std::string result_header(const std::string& what) {
  return fmt::format("# {}\n{}{}.\n# {}\n", what, kVersionsPrefix, timing_versions(),
                     first_line({"arm-none-eabi-gcc", "--version"}));
}

base::Result<> measure_programs(const Paths& paths) {
  THIMBLE_ASSIGN(const ProgramSuite suite, load_programs(paths.programs()));
  std::string text =
      result_header("Cycles of one pass through small programs; written by ./dev accuracy.");
  text += "program;core;low;high;simulated;llvm_mca;qemu\n";
  for (const Target& target : targets()) {
    THIMBLE_ASSIGN(const Simulators simulators, Simulators::create(target));
    THIMBLE_ASSIGN(const auto programs, assemble(suite, target));
    for (const AssembledProgram& program : programs) {
      const Window& window = program.program->windows.at(target.core);
      THIMBLE_ASSIGN(const double cycles, cycles_per_pass(simulators, program));
      THIMBLE_ASSIGN(const auto mca, llvm_mca_cycles(*program.program, target));
      THIMBLE_ASSIGN(const std::string qemu, compare_with_qemu(simulators, program));
      text +=
          fmt::format("{};{};{};{};{:.2f};{};{}\n", program.program->name, target.core, window.low,
                      window.high, cycles, mca ? fmt::format("{:.2f}", *mca) : std::string(), qemu);
    }
  }
  return base::write_file(paths.results("programs"), text);
}

base::Result<> measure_hardware(const Paths& paths, const std::filesystem::path& elf_directory) {
  THIMBLE_ASSIGN(const auto figures, load_published_figures(paths.published()));
  THIMBLE_ASSIGN(const auto comparisons, compare_with_hardware(figures, elf_directory));
  std::string text = result_header(
      "Cycles of published programs on hardware and simulated; written by ./dev accuracy "
      "--elf-dir.");
  text += "program;operation;language;set;hardware;simulated;error\n";
  for (const HardwareComparison& comparison : comparisons) {
    const PublishedFigure& published = comparison.published;
    text += fmt::format("{};{};{};{};{};{:.0f};{:.2f}\n", published.program, published.operation,
                        published.language, published.set, published.cycles, comparison.cycles,
                        comparison.error_percent());
  }
  return base::write_file(paths.results("hardware"), text);
}

base::Result<> measure_coremark(const Paths& paths, const std::filesystem::path& elf_directory) {
  THIMBLE_ASSIGN(const CsvTable published, CsvTable::load(paths.coremark()));
  std::string text = result_header("CoreMark per MHz; written by ./dev accuracy --elf-dir.");
  text += "core;published;simulated\n";
  for (const CsvTable::Row& row : published.rows()) {
    THIMBLE_ASSIGN(const std::string core, row.text("core"));
    THIMBLE_ASSIGN(const double figure, row.number("published"));
    const std::filesystem::path elf = elf_directory / ("coremark_" + core + ".elf");
    if (!std::filesystem::exists(elf)) continue;
    THIMBLE_ASSIGN(const double simulated, coremark_per_mhz(elf, core));
    text += fmt::format("{};{:.2f};{:.3f}\n", core, figure, simulated);
  }
  return base::write_file(paths.results("coremark"), text);
}

}  // namespace thimble::accuracy
