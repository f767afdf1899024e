// From emitted sources and a board to an ELF file: linker script, start-up code, cross compiler.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/files.h"
#include "base/result.h"
#include "board/board.h"
#include "emit/emit.h"

namespace thimble::firmware {

struct BuildOptions {
  std::string compiler = "arm-none-eabi-g++";
  std::string optimization = "-O2";  // -Os, -O2, -O3 or -Ofast
  bool fpu = true;                   // false: soft floating point even where the part has a unit
  uint32_t stack_bytes = 4096;       // reserved at the bottom of RAM
};

struct Firmware {
  base::TemporaryDirectory directory;  // holds the sources, objects and the ELF
  std::filesystem::path elf;
  std::string command;  // the compiler and flags, for the record
};

// Compiles and links the benchmark program of one model. The memory regions are declared larger
// than the board's, so that a network that does not fit still links and can be told by how much.
// Errors: kNotFound (no such compiler, with the package to install), kToolFailed (its first
// messages).
base::Result<Firmware> build_benchmark(const emit::EmittedModel& model, size_t arena_bytes,
                                       const board::Board& board, const board::Core& core,
                                       const BuildOptions& options);

// The first line of what the compiler says about itself: names alone do not tell versions apart.
// Errors: kNotFound.
base::Result<std::string> compiler_version(const std::string& compiler);

// The flags that select the processor: -mcpu, -mthumb, -mfloat-abi, -mfpu.
std::vector<std::string> processor_flags(const board::Board& board, const board::Core& core,
                                         bool fpu);

// GNU ld script for the board: vectors, code, constants and the load image of .data in flash; stack
// at the very bottom of RAM, so that an overflow leaves RAM instead of overwriting the arena; then
// .data and .bss.
std::string linker_script(const board::Board& board);

}  // namespace thimble::firmware
