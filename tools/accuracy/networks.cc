// Whole networks on QEMU and on the simulated cores: the same program must print the same outputs.
#include <algorithm>

#include "base/files.h"
#include "base/subprocess.h"
#include "firmware/firmware.h"
#include "sim/machine.h"
#include "tools/accuracy/fuzz/encoding.h"
#include "tools/accuracy/results.h"
#include "tools/accuracy/target.h"

namespace thimble::accuracy {
namespace {

using base::ErrorCode;
namespace fs = std::filesystem;

struct Network {
  const char* name;
  const char* type;
  const char* kernels;
  uint32_t ram_bytes;  // roughly: a smaller target leaves it out
};

constexpr Network kNetworks[] = {{"lenet", "int8", "optimized", 12 << 10},
                                 {"lenet", "int8", "reference", 12 << 10},
                                 {"lenet", "float32", "optimized", 64 << 10},
                                 {"resnet20", "int8", "optimized", 128 << 10}};

base::Result<> run_tool(const std::vector<std::string>& command) {
  THIMBLE_ASSIGN(const base::ProcessOutput result, base::run_process(command));
  if (result.exit_code == 0) return {};
  return base::fail(ErrorCode::kToolFailed, "{}:\n{}", command[0], result.output);
}

// The program for one core. The folder holds the deployed network.
base::Result<fs::path> build(const Paths& paths, const Target& target, const fs::path& folder) {
  const board::Board board = zero_wait_board(target);
  THIMBLE_ASSIGN(const board::Core core, board::load_core(target.core));
  const fs::path script = folder / (target.core + ".ld");
  const fs::path elf = folder / (target.core + ".elf");
  THIMBLE_TRY(base::write_file(script, firmware::linker_script(board)));
  std::vector<std::string> command = {"arm-none-eabi-g++"};
  for (std::string& flag : firmware::processor_flags(board, core, board.fpu))
    command.push_back(std::move(flag));
  for (const char* flag :
       {"-O2", "-std=c++17", "-ffreestanding", "-fno-exceptions", "-fno-rtti", "-nostdlib",
        "-ffunction-sections", "-Wl,--gc-sections", "-Wl,--build-id=none"})
    command.push_back(flag);
  // The linker script takes these from the command line.
  command.push_back("-Wl,--defsym=thimble_stack_bytes=4096");
  command.insert(command.end(), {"-T", script.string(), "-I" + (folder / "include").string(),
                                 "-I" + (folder / "src").string()});
  std::vector<std::string> sources;
  for (const auto& entry : fs::recursive_directory_iterator(folder / "src"))
    if (entry.path().extension() == ".cc") sources.push_back(entry.path().string());
  std::ranges::sort(sources);
  command.insert(command.end(), sources.begin(), sources.end());
  command.push_back((paths.root / "tools/accuracy/network_main.cc").string());
  command.push_back((paths.root / "target/apps/startup.cc").string());
  command.insert(command.end(), {"-lgcc", "-o", elf.string()});
  THIMBLE_TRY(run_tool(command));
  return elf;
}

base::Result<std::string> run_ours(const Target& target, const fs::path& elf) {
  THIMBLE_ASSIGN(const board::Core core, board::load_core(target.core));
  THIMBLE_ASSIGN(sim::Elf program, sim::Elf::load(elf));
  THIMBLE_ASSIGN(sim::Machine machine,
                 sim::Machine::create(zero_wait_board(target), core, std::move(program)));
  const sim::Stop stop = machine.run({.max_cycles = 10'000'000'000});
  if (stop.kind != sim::StopKind::kExit || stop.exit_code != 0)
    return base::fail(ErrorCode::kFault, "{}: {}", elf.string(), stop.to_string());
  return machine.output();
}

}  // namespace

base::Result<> compare_networks(const Paths& paths) {
  THIMBLE_ASSIGN(const auto directory, base::TemporaryDirectory::create("thimble-accuracy"));
  std::string text =
      result_header("Outputs of whole networks on QEMU and simulated; written by ./dev accuracy.");
  text += "network;type;kernels;core;output_bytes;outputs\n";
  for (const Network& network : kNetworks) {
    const fs::path folder =
        directory.path() / fmt::format("{}_{}_{}", network.name, network.type, network.kernels);
    const std::string model = folder.string() + ".tflite";
    THIMBLE_TRY(run_tool(
        {paths.thimble.string(), "zoo", network.name, "--type", network.type, "-o", model}));
    THIMBLE_TRY(run_tool({paths.thimble.string(), "deploy", model, "--name", "net", "--kernels",
                          network.kernels, "-o", folder.string()}));
    for (const Target& target : targets()) {
      if (target.ram_bytes < network.ram_bytes) continue;
      THIMBLE_ASSIGN(const fs::path elf, build(paths, target, folder));
      QemuRun run;
      run.elf = elf.string();
      run.timeout_s = 120;
      THIMBLE_ASSIGN(const QemuResult qemu, run_qemu(target, run));
      THIMBLE_ASSIGN(const std::string ours, run_ours(target, elf));
      const bool equal = !ours.empty() && qemu.output == ours;
      text += fmt::format("{};{};{};{};{};{}\n", network.name, network.type, network.kernels,
                          target.core, ours.size() / 2, equal ? "equal" : "differ");
    }
  }
  return base::write_file(paths.results("networks"), text);
}

}  // namespace thimble::accuracy
