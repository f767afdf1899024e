#include "tools/accuracy/programs.h"

#include <bit>
#include <cstring>
#include <limits>

#include "base/subprocess.h"
#include "board/toml.h"
#include "sim/elf/elf.h"
#include "sim/machine.h"

namespace thimble::accuracy {
namespace {

using base::ErrorCode;

constexpr int kFirstPasses = 16;  // until the pipeline is in its stride

std::vector<std::string> processor_flags(const Target& target) {
  std::vector<std::string> flags = {"-mthumb", "-mcpu=" + target.core};
  if (target.features & kSingle) {
    const bool v5 = (target.features & kFpV5) != 0;
    flags.push_back("-mfloat-abi=hard");
    flags.push_back((target.features & kDouble) ? "-mfpu=fpv5-d16"
                    : v5                        ? "-mfpu=fpv5-sp-d16"
                                                : "-mfpu=fpv4-sp-d16");
  }
  return flags;
}

std::string symbol(size_t index, const char* what) {
  return fmt::format("program{}_{}", index, what);
}

// What programs.toml promises that the registers hold.
Case initial_state(const Target& target) {
  Case test;
  test.r = {3, 5, 7, 100, 1000};
  for (uint32_t i = 0; i < 3; ++i) test.r[5 + i] = target.ram_base + i * 64;
  for (size_t i = 0; i < test.s.size(); ++i)
    test.s[i] = std::bit_cast<uint32_t>(static_cast<float>(i + 1));
  return test;
}

}  // namespace

base::Result<ProgramSuite> load_programs(const std::filesystem::path& path) {
  THIMBLE_ASSIGN(const std::string text, base::read_text_file(path));
  THIMBLE_ASSIGN(auto document, board::TomlDocument::parse(text, path.string()));
  board::TomlTable root = document.root();
  ProgramSuite suite;
  board::TomlTable sources = root.table("source");
  for (const char* name : {"M0P", "M3", "M4", "M4F", "HW4", "HW33", "HW7", "AS4", "LLVM7"})
    suite.sources[name] = sources.string(name);
  sources.close();
  for (board::TomlTable& entry : root.tables("program")) {
    Program program;
    program.name = entry.string("name");
    program.code = entry.string("code");
    for (const Target& target : targets()) {
      if (!entry.has(target.core)) continue;
      board::TomlTable limits = entry.table(target.core);
      Window window;
      window.low = limits.number("low", 0, 1000);
      window.high = limits.number("high", window.low, 1000);
      window.why = limits.string("why");
      limits.close();
      program.windows[target.core] = window;
    }
    entry.close();
    suite.programs.push_back(std::move(program));
  }
  root.close();
  THIMBLE_TRY(document.status());
  return suite;
}

base::Result<std::vector<AssembledProgram>> assemble(const ProgramSuite& suite,
                                                     const Target& target) {
  std::string source = ".syntax unified\n.thumb\n.text\n";
  for (size_t i = 0; i < suite.programs.size(); ++i) {
    const Program& program = suite.programs[i];
    if (!program.windows.contains(target.core)) continue;
    auto passes = [&](int count) {
      return fmt::format(".rept {}\n{}\n.endr\n", count, program.code);
    };
    source += fmt::format(".balign 4\n{}:\n{}", symbol(i, "begin"), passes(kFirstPasses));
    source += fmt::format("{}:\n{}", symbol(i, "timed"), passes(AssembledProgram::kTimedPasses));
    source += fmt::format("{}:\nnop\n", symbol(i, "end"));
  }
  THIMBLE_ASSIGN(const auto directory, base::TemporaryDirectory::create("thimble-accuracy"));
  const std::filesystem::path source_path = directory.path() / "programs.s";
  const std::filesystem::path elf_path = directory.path() / "programs.elf";
  THIMBLE_TRY(base::write_file(source_path, source));
  std::vector<std::string> command = {"arm-none-eabi-gcc"};
  for (std::string& flag : processor_flags(target)) command.push_back(std::move(flag));
  for (const char* flag : {"-nostdlib", "-Wl,-Ttext=0,--entry=0", "-o"}) command.push_back(flag);
  command.push_back(elf_path.string());
  command.push_back(source_path.string());
  THIMBLE_ASSIGN(const base::ProcessOutput result, base::run_process(command));
  if (result.exit_code != 0)
    return base::fail(ErrorCode::kToolFailed, "programs for {}:\n{}", target.core, result.output);

  THIMBLE_ASSIGN(const sim::Elf elf, sim::Elf::load(elf_path));
  if (elf.segments().size() != 1)
    return base::fail(ErrorCode::kMalformed, "the assembled programs have {} segments",
                      elf.segments().size());
  const sim::Segment& segment = elf.segments()[0];
  std::vector<AssembledProgram> programs;
  for (size_t i = 0; i < suite.programs.size(); ++i) {
    const sim::Symbol* begin = elf.find_symbol(symbol(i, "begin"));
    if (!begin) continue;
    AssembledProgram program;
    program.program = &suite.programs[i];
    program.test = initial_state(target);
    program.timed_begin = elf.find_symbol(symbol(i, "timed"))->address - begin->address;
    program.timed_end = elf.find_symbol(symbol(i, "end"))->address - begin->address;
    const auto bytes =
        segment.bytes.subspan(begin->address - segment.load_address, program.timed_end + 2);
    for (size_t at = 0; at < bytes.size(); at += 2) {
      uint16_t halfword = 0;
      std::memcpy(&halfword, &bytes[at], sizeof(halfword));
      program.test.code.push_back({{halfword, 2}, PieceKind::kData});
    }
    programs.push_back(std::move(program));
  }
  return programs;
}

base::Result<double> cycles_per_pass(const Simulators& simulators,
                                     const AssembledProgram& program) {
  const CaseBatch batch(simulators.target(), std::span(&program.test, 1), simulators.case_return());
  THIMBLE_ASSIGN(sim::Machine machine, simulators.machine(batch));
  const uint32_t code = batch.code_address(0);
  uint64_t cycles[2] = {};
  const uint32_t places[2] = {code + program.timed_begin, code + program.timed_end};
  for (size_t i = 0; i < 2; ++i) {
    THIMBLE_TRY(machine.add_breakpoint(places[i]));
    const sim::Stop stop = machine.run({.max_cycles = 1'000'000});
    if (stop.kind != sim::StopKind::kBreakpoint || stop.address() != places[i])
      return base::fail(ErrorCode::kFault, "{} on {}: {}", program.program->name,
                        simulators.target().core, stop.to_string());
    cycles[i] = machine.cycles();
  }
  return static_cast<double>(cycles[1] - cycles[0]) / AssembledProgram::kTimedPasses;
}

base::Result<std::optional<double>> llvm_mca_cycles(const Program& program, const Target& target) {
  constexpr int kIterations = 200;
  if (target.core == "cortex-m0plus") return std::nullopt;
  THIMBLE_ASSIGN(const auto directory, base::TemporaryDirectory::create("thimble-mca"));
  const std::filesystem::path source = directory.path() / "program.s";
  THIMBLE_TRY(base::write_file(source, program.code + "\n"));
  const char* triple = target.core == "cortex-m33"  ? "thumbv8m.main-none-eabihf"
                       : target.core == "cortex-m3" ? "thumbv7m-none-eabi"
                                                    : "thumbv7em-none-eabihf";
  const auto result =
      base::run_process({"llvm-mca-19", fmt::format("-mtriple={}", triple), "-mcpu=" + target.core,
                         fmt::format("-iterations={}", kIterations), source.string()});
  if (!result && result.error().code == ErrorCode::kNotFound) return std::nullopt;
  THIMBLE_TRY(result);
  constexpr std::string_view kTotal = "Total Cycles:";
  const size_t at = result->output.find(kTotal);
  if (result->exit_code != 0 || at == std::string::npos) return std::nullopt;
  return std::stod(result->output.substr(at + kTotal.size())) / kIterations;
}

}  // namespace thimble::accuracy
