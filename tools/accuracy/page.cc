#include "tools/accuracy/page.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>

#include "base/files.h"
#include "base/text.h"
#include "board/board.h"
#include "tools/accuracy/csv.h"
#include "tools/accuracy/programs.h"
#include "tools/accuracy/target.h"

namespace thimble::accuracy {
namespace {

using base::grouped;

constexpr const char* kMissing = "*Not measured yet: `./dev accuracy` writes this section.*\n";

// nullopt: the result has not been written yet.
base::Result<std::optional<CsvTable>> load_result(const Paths& paths, const std::string& name) {
  if (!std::filesystem::exists(paths.results(name))) return std::nullopt;
  THIMBLE_ASSIGN(CsvTable table, CsvTable::load(paths.results(name)));
  return std::optional<CsvTable>(std::move(table));
}

struct Statistics {
  size_t count = 0;
  double mean = 0, median = 0, ninetieth = 0, largest = 0;
};

Statistics statistics_of(std::vector<double> errors) {
  Statistics statistics;
  if (errors.empty()) return statistics;
  for (double& error : errors) error = std::abs(error);
  std::ranges::sort(errors);
  const size_t count = errors.size();
  statistics.count = count;
  for (double error : errors) statistics.mean += error / static_cast<double>(count);
  statistics.median =
      count % 2 ? errors[count / 2] : (errors[count / 2 - 1] + errors[count / 2]) / 2;
  statistics.ninetieth = errors[(count * 9 + 9) / 10 - 1];
  statistics.largest = errors.back();
  return statistics;
}

base::Result<std::string> uncertainty_section() {
  std::string text =
      "## How far to trust a figure\n\n"
      "What `thimble bench` prints behind the cycles, for whole programs. The figures are data of "
      "the "
      "core's table (`cores/*.toml`, `[uncertainty]`).\n\n"
      "| core | timing_version | memories | cycles | on what it rests |\n|---|---|---|---|---|\n";
  for (const Target& target : targets()) {
    THIMBLE_ASSIGN(const board::Core core, board::load_core(target.core));
    text += fmt::format("| {} | {} | no wait states | ± {:g} % | {} |\n", core.name,
                        core.timing_version, core.without_wait_states.percent,
                        core.without_wait_states.basis);
    text += fmt::format("| | | wait states or caches | ± {:g} % | {} |\n",
                        core.with_wait_states.percent, core.with_wait_states.basis);
  }
  return text;
}

// What llvm-mca does differently, by what a program is about.
std::string why_llvm_differs(const std::string& program, const std::string& core) {
  const auto about = [&](const char* word) { return program.find(word) != std::string::npos; };
  if (about("call") || about("return"))
    return "llvm-mca runs the text from top to bottom and knows no targets; a call costs it 100";
  if (about("branch") || about("loop")) return "llvm-mca takes every branch as not taken";
  if (about("LDM") || about("PUSH") || about("LDRD") || about("VLDM"))
    return "LLVM counts one cycle whatever the list";
  if (about("divide") || about("VDIV"))
    return "LLVM has the latency, not how long the unit is busy";
  if (about("IT block")) return "LLVM joins what an IT block needs from the flags differently";
  if (about("barrier")) return "LLVM has no time for barriers";
  if (core == "cortex-m7") {
    if (about("byte, then use") || about("load") || about("store"))
      return "LLVM knows no banks of memory and lets results be written in program order only";
    return "LLVM lets instructions that set the flags wait for one another, or another pairing";
  }
  if (about("multipl") || about("VFMA") || about("MLA"))
    return "another latency or a unit that LLVM takes as pipelined";
  if (about("load") || about("store") || about("address") || about("VLDR") || about("dot product"))
    return "LLVM's load has a latency only; the stalls between neighbours are measured ones";
  if (about("unaligned")) return "LLVM does not model fetching";
  return "LLVM uses its Cortex-M4 model";
}

base::Result<std::string> programs_section(const Paths& paths) {
  std::string text =
      "## Small programs\n\n"
      "One class of instruction or one hazard each "
      "([programs.toml](../tests/accuracy/programs.toml)), "
      "cycles of one pass, memories without wait states. *Window*: what the manual or a "
      "measurement "
      "allows; `test_accuracy` asserts it. *llvm-mca*: version 19, as a second opinion. *QEMU*: "
      "registers, flags and memory afterwards are the same. Unicorn, with which this simulator "
      "began, "
      "and QEMU are relatives, and so were its errors; the executor of today is our own, written "
      "from "
      "the architecture manual, so the comparison is between strangers.\n\n";
  THIMBLE_ASSIGN(const auto table, load_result(paths, "programs"));
  if (!table) return text + kMissing;
  THIMBLE_ASSIGN(const ProgramSuite suite, load_programs(paths.programs()));
  std::map<std::string, const Program*> by_name;
  for (const Program& program : suite.programs) by_name[program.name] = &program;
  std::string core_before;
  for (const CsvTable::Row& row : table->rows()) {
    THIMBLE_ASSIGN(const std::string name, row.text("program"));
    THIMBLE_ASSIGN(const std::string core, row.text("core"));
    THIMBLE_ASSIGN(const double low, row.number("low"));
    THIMBLE_ASSIGN(const double high, row.number("high"));
    THIMBLE_ASSIGN(const double simulated, row.number("simulated"));
    THIMBLE_ASSIGN(const std::string mca, row.text("llvm_mca"));
    THIMBLE_ASSIGN(const std::string qemu, row.text("qemu"));
    if (core != core_before) {
      text += fmt::format(
          "\n### {}\n\n| program | window | simulated | llvm-mca | QEMU | window from; why "
          "llvm-mca "
          "differs |\n|---|---|---|---|---|---|\n",
          core);
      core_before = core;
    }
    std::string note;
    if (const auto found = by_name.find(name);
        found != by_name.end() && found->second->windows.contains(core))
      note = found->second->windows.at(core).why;
    if (!mca.empty()) {
      THIMBLE_ASSIGN(const double other, row.number("llvm_mca"));
      if (std::abs(other - simulated) > 0.05 * simulated + 0.05)
        note += ". *" + why_llvm_differs(name, core) + "*";
    }
    const std::string window =
        low == high ? fmt::format("{:g}", low) : fmt::format("{:g}–{:g}", low, high);
    text += fmt::format("| {} | {} | {:.1f} | {} | {} | {} |\n", name, window, simulated,
                        mca.empty() ? "–" : mca, qemu, note);
  }
  text += "\nThe words before the colons:\n\n";
  for (const auto& [word, meaning] : suite.sources)
    text += fmt::format("- {}: {}\n", word, meaning);
  return text;
}

base::Result<std::string> networks_section(const Paths& paths) {
  std::string text =
      "## Whole networks on QEMU\n\n"
      "The same program, built for a board with the memories of QEMU's machine, run on both; the "
      "bytes "
      "of the network's output.\n\n";
  THIMBLE_ASSIGN(const auto table, load_result(paths, "networks"));
  if (!table) return text + kMissing;
  text += "| network | numbers | kernels | core | bytes | outputs |\n|---|---|---|---|---|---|\n";
  for (const CsvTable::Row& row : table->rows()) {
    for (const char* column : {"network", "type", "kernels", "core", "output_bytes", "outputs"}) {
      THIMBLE_ASSIGN(const std::string field, row.text(column));
      text += "| " + field + " ";
    }
    text += "|\n";
  }
  return text;
}

std::string summary_row(const std::string& name, const std::vector<double>& errors) {
  const Statistics s = statistics_of(errors);
  if (s.count == 0) return {};
  return fmt::format("| {} | {} | {:.2f} | {:.2f} | {:.2f} | {:.2f} |\n", name, s.count, s.mean,
                     s.median, s.ninetieth, s.largest);
}

base::Result<std::string> hardware_section(const Paths& paths) {
  std::string text =
      "## Programs measured on hardware\n\n"
      "Post-quantum cryptography, measured by its authors on a NUCLEO-L4R5ZI at 20 MHz, where "
      "memories "
      "have no wait states ([published.csv](../tests/accuracy/published.csv) names source, commit "
      "and "
      "compiler). Whoever has the programs builds them and runs `./dev accuracy --elf-dir DIR`. "
      "Each "
      "ELF has functions `operation_keypair`, `operation_encapsulate` and so on around one "
      "operation. "
      "Ours were built with GCC 12.2 -O3 -ffreestanding from mupq/pqm4 cc2c1b9 with mupq/mupq "
      "ddccced "
      "and PQClean c3e6861, random numbers from a generator instead of the part's, newlib 3.3.\n\n"
      "*Fitted*: the rules of the Cortex-M4 were found with it. *Looked at*: rules were adjusted "
      "after "
      "seeing it, or it is a close relative of such a program. *Unseen*: nobody had looked at it "
      "before these figures. *Assembly*: the authors' implementation for the Cortex-M4, whose "
      "inner "
      "loops are assembly; the rest of it, more in some than in others, is C and depends on the "
      "compiler like the rows of C.\n\n";
  THIMBLE_ASSIGN(const auto table, load_result(paths, "hardware"));
  if (!table) return text + kMissing;
  struct Row {
    std::string program, operation, language, set;
    double hardware = 0, simulated = 0, error = 0;
  };
  std::vector<Row> rows;
  for (const CsvTable::Row& source : table->rows()) {
    Row row;
    THIMBLE_ASSIGN(row.program, source.text("program"));
    THIMBLE_ASSIGN(row.operation, source.text("operation"));
    THIMBLE_ASSIGN(row.language, source.text("language"));
    THIMBLE_ASSIGN(row.set, source.text("set"));
    THIMBLE_ASSIGN(row.hardware, source.number("hardware"));
    THIMBLE_ASSIGN(row.simulated, source.number("simulated"));
    THIMBLE_ASSIGN(row.error, source.number("error"));
    rows.push_back(std::move(row));
  }
  auto errors = [&](auto&& wanted) {
    std::vector<double> selected;
    for (const Row& row : rows)
      if (wanted(row)) selected.push_back(row.error);
    return selected;
  };
  text +=
      "| error in % | operations | mean | median | nine in ten within | largest |\n"
      "|---|---|---|---|---|---|\n";
  auto lattice = [](const Row& row) { return row.program.starts_with("ml-"); };
  text += summary_row("assembly, fitted", errors([](const Row& row) {
                        return row.language == "assembly" && row.set == "fitted";
                      }));
  text += summary_row("ML-KEM and ML-DSA assembly, not fitted", errors([&](const Row& row) {
                        return row.language == "assembly" && row.set != "fitted" && lattice(row);
                      }));
  for (const char* language : {"assembly", "C"})
    for (const char* set : {"looked at", "unseen"})
      text += summary_row(fmt::format("{}, {}", language, set), errors([&](const Row& row) {
                            return row.language == language && row.set == set;
                          }));
  text += summary_row("all assembly, not fitted", errors([](const Row& row) {
                        return row.language == "assembly" && row.set != "fitted";
                      }));
  text += summary_row("all", errors([](const Row&) { return true; }));
  text +=
      "\n| program | operation | | set | hardware | simulated | error "
      "|\n|---|---|---|---|--:|--:|--:|\n";
  for (const Row& row : rows)
    text += fmt::format("| {} | {} | {} | {} | {} | {} | {:+.2f} % |\n", row.program, row.operation,
                        row.language, row.set, grouped(static_cast<uint64_t>(row.hardware)),
                        grouped(static_cast<uint64_t>(row.simulated)), row.error);
  THIMBLE_ASSIGN(const std::string explanation,
                 base::read_text_file(paths.root / "docs/accuracy/hardware_notes.md"));
  return text + "\n" + explanation;
}

base::Result<std::string> mlperf_section(const Paths& paths) {
  std::string text =
      "## Vendor firmware with wait states and caches\n\n"
      "The firmware with which STMicroelectronics submitted X-CUBE-AI 9.0 to MLPerf Tiny v1.2, bit "
      "for bit as it was flashed, at full clock from flash "
      "([mlperf.csv](../tests/accuracy/mlperf.csv) names source and commit). It sets up clocks, "
      "flash and caches by itself, takes commands from the serial port and prints the microseconds "
      "of its own timer; we send it the benchmark's command and compare the time per inference. "
      "Whoever has the files runs `./dev accuracy --firmware-dir DIR`. No rule and no board file "
      "was fitted to these figures.\n\n";
  THIMBLE_ASSIGN(const auto table, load_result(paths, "mlperf"));
  if (!table) return text + kMissing;
  std::string rows;
  std::map<std::string, std::vector<double>> errors;
  for (const CsvTable::Row& row : table->rows()) {
    THIMBLE_ASSIGN(const std::string board, row.text("board"));
    THIMBLE_ASSIGN(const std::string core, row.text("core"));
    THIMBLE_ASSIGN(const std::string network, row.text("network"));
    THIMBLE_ASSIGN(const double hardware, row.number("hardware"));
    THIMBLE_ASSIGN(const double simulated, row.number("simulated"));
    THIMBLE_ASSIGN(const double cycles, row.number("cycles"));
    THIMBLE_ASSIGN(const double error, row.number("error"));
    rows += fmt::format("| {} | {} | {:.3f} | {:.3f} | {} | {:+.1f} % |\n", board, network,
                        hardware, simulated, grouped(static_cast<uint64_t>(cycles)), error);
    errors[core].push_back(error);
  }
  text +=
      "| error in % | networks | mean | median | nine in ten within | largest |\n"
      "|---|---|---|---|---|---|\n";
  for (const auto& [core, of_core] : errors) text += summary_row(core, of_core);
  text +=
      "\n| board | network | hardware, ms | simulated, ms | simulated cycles | error |\n"
      "|---|---|--:|--:|--:|--:|\n" +
      rows;
  THIMBLE_ASSIGN(const std::string explanation,
                 base::read_text_file(paths.root / "docs/accuracy/mlperf_notes.md"));
  return text + "\n" + explanation;
}

base::Result<std::string> coremark_section(const Paths& paths) {
  std::string text =
      "## CoreMark\n\n"
      "CoreMark 1.0 (eembc/coremark d5fad6b) per MHz, memories without wait states, `-O3 "
      "-funroll-all-loops`. The published figures are of the best compilers, so only the ratios to "
      "the "
      "Cortex-M4 can be compared. `./dev accuracy --elf-dir` takes `coremark_CORE.elf` of 10 "
      "iterations.\n\n";
  THIMBLE_ASSIGN(const auto table, load_result(paths, "coremark"));
  if (!table) return text + kMissing;
  struct Row {
    std::string core;
    double published = 0, simulated = 0;
  };
  std::vector<Row> rows;
  Row reference;
  for (const CsvTable::Row& source : table->rows()) {
    Row row;
    THIMBLE_ASSIGN(row.core, source.text("core"));
    THIMBLE_ASSIGN(row.published, source.number("published"));
    THIMBLE_ASSIGN(row.simulated, source.number("simulated"));
    if (row.core == "cortex-m4") reference = row;
    rows.push_back(std::move(row));
  }
  text +=
      "| core | published | ratio | simulated | ratio | simulated ratio is off by |\n"
      "|---|--:|--:|--:|--:|--:|\n";
  for (const Row& row : rows) {
    const double published = row.published / reference.published;
    const double simulated = row.simulated / reference.simulated;
    text += fmt::format("| {} | {:.2f} | {:.2f} | {:.2f} | {:.2f} | {:+.0f} % |\n", row.core,
                        row.published, published, row.simulated, simulated,
                        (simulated / published - 1) * 100);
  }
  return text;
}

base::Result<std::string> boards_section(const Paths& paths) {
  std::string text =
      "## The papers' boards\n\n"
      "Heim et al. measured LeNet and ResNet on three boards with TensorFlow Lite Micro. Ratios of "
      "cycles, theirs and ours (our kernels, our networks of the same shapes, -Ofast as theirs). "
      "L4: nucleo-l496zg, "
      "F4: "
      "disco-f469ni, F7: nucleo-f767zi. Nothing was tuned to them.\n\n";
  THIMBLE_ASSIGN(const auto table, load_result(paths, "boards"));
  if (!table) return text + kMissing;
  std::map<std::string, double> cycles;
  for (const CsvTable::Row& row : table->rows()) {
    THIMBLE_ASSIGN(const std::string network, row.text("network"));
    THIMBLE_ASSIGN(const std::string variant, row.text("variant"));
    THIMBLE_ASSIGN(const std::string board, row.text("board"));
    THIMBLE_ASSIGN(cycles[network + "/" + variant + "/" + board], row.number("cycles"));
  }
  struct Ratio {
    const char* network;
    const char* variant;
    const char* over;
    const char* under;
    double paper;
  };
  static constexpr const char* kL4 = "nucleo-l496zg";
  static constexpr const char* kF4 = "disco-f469ni";
  static constexpr const char* kF7 = "nucleo-f767zi";
  static constexpr Ratio kRatios[] = {{"lenet", "int8 optimized", kF4, kL4, 1.00},
                                      {"resnet20", "int8 optimized", kF4, kL4, 1.00},
                                      {"lenet", "int8 plain C", kF4, kL4, 1.22},
                                      {"lenet", "int8 optimized", kF7, kF4, 0.60},
                                      {"resnet20", "int8 optimized", kF7, kF4, 0.55},
                                      {"lenet", "int8 plain C", kF7, kF4, 0.33},
                                      {"resnet20", "int8 plain C", kF7, kF4, 0.21},
                                      {"lenet", "float", kF7, kF4, 0.40},
                                      {"resnet20", "float", kF7, kF4, 0.31}};
  text +=
      "| network | kernels | boards | cycles | cycles | ratio | paper | ours / paper |\n"
      "|---|---|---|--:|--:|--:|--:|--:|\n";
  for (const Ratio& ratio : kRatios) {
    const std::string key = fmt::format("{}/{}/", ratio.network, ratio.variant);
    const double over = cycles[key + ratio.over];
    const double under = cycles[key + ratio.under];
    if (over == 0 || under == 0) continue;
    text += fmt::format("| {} | {} | {} / {} | {} | {} | {:.2f} | {:.2f} | {:.2f} |\n",
                        ratio.network, ratio.variant, ratio.over, ratio.under,
                        grouped(static_cast<uint64_t>(over)), grouped(static_cast<uint64_t>(under)),
                        over / under, ratio.paper, over / under / ratio.paper);
  }
  THIMBLE_ASSIGN(const std::string explanation,
                 base::read_text_file(paths.root / "docs/accuracy/boards_notes.md"));
  return text + "\n" + explanation;
}

}  // namespace

base::Result<std::string> accuracy_page(const Paths& paths) {
  std::string page =
      "<!-- Written by ./dev accuracy from docs/accuracy/; do not edit. -->\n"
      "# How good the simulator is\n\n"
      "**Every cycle that Thimble reports is simulated.** This page compares it with all that we "
      "have: "
      "manuals, another model, another emulator, and hardware that others measured. The rules of "
      "the "
      "cores are in [timing.md](timing.md), those of the memories in "
      "[memories.md](memories.md).\n\n";
  THIMBLE_ASSIGN(const std::vector<std::string> stale, stale_results(paths));
  if (!stale.empty())
    page += fmt::format(
        "**Some tables are of other timing versions than the present ones ({}): {}.** Their "
        "cycles do not compare with what Thimble prints now.\n\n",
        timing_versions(), fmt::join(stale, ", "));
  THIMBLE_ASSIGN(const std::string uncertainty, uncertainty_section());
  page += uncertainty + "\n";
  for (auto* section : {&hardware_section, &mlperf_section, &coremark_section, &boards_section,
                        &networks_section, &programs_section}) {
    THIMBLE_ASSIGN(const std::string text, section(paths));
    page += text + "\n";
  }
  THIMBLE_ASSIGN(const std::string fuzz,
                 base::read_text_file(paths.root / "docs/accuracy/fuzz_notes.md"));
  return page + fuzz;
}

base::Result<> write_page(const Paths& paths) {
  THIMBLE_ASSIGN(const std::string page, accuracy_page(paths));
  return base::write_file(paths.root / "docs/simulator-accuracy.md", page);
}

}  // namespace thimble::accuracy
