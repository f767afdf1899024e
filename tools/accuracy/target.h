// The same processor twice: as a board for our simulator and as a machine of QEMU, with the same
// memories at the same addresses.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "board/board.h"

namespace thimble::accuracy {

struct Target {
  std::string core;          // of cores/: "cortex-m4"
  std::string qemu_machine;  // -machine
  uint32_t code_base = 0;
  uint32_t code_bytes = 0;
  uint32_t ram_base = 0;
  uint32_t ram_bytes = 0;
  uint32_t features = 0;  // accuracy::Feature of fuzz/encoding.h
};

const std::vector<Target>& targets();
// Errors: kNotFound (the cores there are).
base::Result<Target> find_target(const std::string& core);

// A board with no wait states and nothing but these memories.
board::Board zero_wait_board(const Target& target);

struct QemuRun {
  std::string elf;                   // path
  std::vector<std::string> loaders;  // "file=...,addr=..." of raw images to load as well
  std::string working_directory;     // where the program's files go
  int timeout_s = 30;
};

struct QemuResult {
  int exit_code = 0;
  std::string output;  // what the program wrote
};

// Runs a program until it ends itself by semihosting.
// Errors: kNotFound (no QEMU), kLimit (timeout), kToolFailed (QEMU's message).
base::Result<QemuResult> run_qemu(const Target& target, const QemuRun& run);

}  // namespace thimble::accuracy
