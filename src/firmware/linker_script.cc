#include <algorithm>

#include "firmware/firmware.h"

namespace thimble::firmware {
namespace {

// Room for what does not fit; the script uses no other region that it could run into.
uint64_t generous_length(const board::Memory& memory) {
  constexpr uint64_t kGenerous = uint64_t{1} << 30;
  return std::min<uint64_t>(std::max<uint64_t>(kGenerous, memory.size_bytes),
                            (uint64_t{1} << 32) - memory.base);
}

}  // namespace

std::string linker_script(const board::Board& board) {
  return fmt::format(
      R"(/* Written by Thimble from a board file. */
MEMORY
{{
  FLASH (rx) : ORIGIN = {flash:#x}, LENGTH = {flash_length:#x}
  RAM (rwx) : ORIGIN = {ram:#x}, LENGTH = {ram_length:#x}
}}
ENTRY(thimble_reset)
SECTIONS
{{
  .vectors : {{ KEEP(*(.vectors)) }} > FLASH
  .text : {{ *(.text .text.*) }} > FLASH
  .rodata : {{ *(.rodata .rodata.*) . = ALIGN(4); }} > FLASH
  .stack (NOLOAD) : {{ . += thimble_stack_bytes; . = ALIGN(8); thimble_stack_top = .; }} > RAM
  .data : {{ thimble_data_start = .; *(.data .data.*) . = ALIGN(4); thimble_data_end = .; }} > RAM AT > FLASH
  thimble_data_load = LOADADDR(.data);
  .bss (NOLOAD) : {{ thimble_bss_start = .; *(.bss .bss.* COMMON) . = ALIGN(4); thimble_bss_end = .; }} > RAM
  /DISCARD/ : {{ *(.ARM.exidx* .ARM.extab* .comment .note*) }}
}}
)",
      fmt::arg("flash", board.flash().base),
      fmt::arg("flash_length", generous_length(board.flash())), fmt::arg("ram", board.ram().base),
      fmt::arg("ram_length", generous_length(board.ram())));
}

}  // namespace thimble::firmware
