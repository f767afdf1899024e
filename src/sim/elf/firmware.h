// Firmware files of the three usual kinds: ELF, Intel HEX and a raw image of the flash.
//
// The last two have no symbols and no lines: a program from them runs, but nothing in it has a
// name. The bytes are untrusted.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string_view>

#include "base/files.h"
#include "base/result.h"
#include "sim/elf/elf.h"

namespace thimble::sim {

// An ELF or HEX file is known by how it begins, a raw image by its name (.bin). `flash_base`: where
// a raw image goes. Errors: those of Elf::load and parse_intel_hex; kMalformed (none of the three).
base::Result<Elf> load_firmware(const std::filesystem::path& path, uint32_t flash_base);

// The bytes of an Intel HEX file by address; neighbours are one chunk. Errors: kMalformed, with the
// number of the line.
base::Result<std::map<uint32_t, base::Bytes>> parse_intel_hex(std::string_view text);

}  // namespace thimble::sim
