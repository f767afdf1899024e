#include "tools/accuracy/target.h"

#include <fmt/ranges.h>

#include "base/subprocess.h"
#include "tools/accuracy/fuzz/encoding.h"

namespace thimble::accuracy {

using base::ErrorCode;

const std::vector<Target>& targets() {
  constexpr uint32_t kMps2Bytes = 4 << 20;  // ZBT SRAM of the MPS2 boards
  static const std::vector<Target> list = {
      {"cortex-m4", "mps2-an386", 0, kMps2Bytes, 0x20000000, kMps2Bytes,
       kV6M | kV7M | kDsp | kSingle},
      {"cortex-m7", "mps2-an500", 0, kMps2Bytes, 0x20000000, kMps2Bytes,
       kV6M | kV7M | kDsp | kSingle | kDouble | kFpV5},
      {"cortex-m33", "mps2-an505", 0x10000000, kMps2Bytes, 0x38000000, kMps2Bytes,
       kV6M | kV7M | kDsp | kSingle | kFpV5 | kV8M},
      {"cortex-m3", "mps2-an385", 0, kMps2Bytes, 0x20000000, kMps2Bytes, kV6M | kV7M},
      {"cortex-m0plus", "microbit", 0, 256 << 10, 0x20000000, 16 << 10, kV6M},
  };
  return list;
}

base::Result<Target> find_target(const std::string& core) {
  std::vector<std::string> names;
  for (const Target& target : targets()) {
    if (target.core == core) return target;
    names.push_back(target.core);
  }
  return base::fail(base::Error(ErrorCode::kNotFound, fmt::format("no core '{}'", core),
                                fmt::format("the cores are {}", fmt::join(names, ", "))));
}

board::Board zero_wait_board(const Target& target) {
  board::Board board;
  board.name = target.core + "-0ws";
  board.core = target.core;
  board.fpu = (target.features & kSingle) != 0;
  board.clock_hz = 100'000'000;
  board::Memory code;
  code.name = "code";
  code.kind = board::MemoryKind::kFlash;
  code.base = target.code_base;
  code.size_bytes = target.code_bytes;
  board::Memory ram;
  ram.name = "ram";
  ram.kind = board::MemoryKind::kRam;
  ram.base = target.ram_base;
  ram.size_bytes = target.ram_bytes;
  board.memories = {code, ram};
  board.code_memory = code.name;
  board.data_memory = ram.name;
  return board;
}

base::Result<QemuResult> run_qemu(const Target& target, const QemuRun& run) {
  // timeout(1) ends QEMU also when this program is ended while it waits.
  std::vector<std::string> command = {"timeout", "--kill-after=1", std::to_string(run.timeout_s)};
  for (const char* word : {"qemu-system-arm", "-nographic", "-monitor", "none", "-serial", "none",
                           "-semihosting-config", "enable=on,target=native"})
    command.push_back(word);
  command.insert(command.end(), {"-machine", target.qemu_machine, "-kernel", run.elf});
  for (const std::string& loader : run.loaders) {
    command.push_back("-device");
    command.push_back("loader," + loader);
  }
  constexpr int kTimedOut = 124;
  constexpr int kNoSuchProgram = 127;
  THIMBLE_ASSIGN(
      base::ProcessOutput process,
      base::run_process(command, run.working_directory, std::chrono::seconds(run.timeout_s + 5)));
  if (process.exit_code == kNoSuchProgram)
    return base::fail(base::Error(ErrorCode::kNotFound, "no qemu-system-arm",
                                  "install the Debian package qemu-system-arm"));
  if (process.exit_code == kTimedOut)
    return base::fail(ErrorCode::kLimit, "QEMU did not end within {} s", run.timeout_s);
  if (process.output.starts_with("qemu"))
    return base::fail(ErrorCode::kToolFailed, "{}", process.output);
  return QemuResult{process.exit_code, std::move(process.output)};
}

}  // namespace thimble::accuracy
