// Many cases in one memory image, and the records that they leave behind. The other side of it is
// harness.S; the layouts of both must agree.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/files.h"
#include "base/result.h"
#include "tools/accuracy/fuzz/case.h"
#include "tools/accuracy/target.h"

namespace thimble::accuracy {

inline constexpr uint32_t kBatchOffset = 0x1000;   // of the batch, from the base of the code memory
inline constexpr uint32_t kRecordsOffset = 0x220;  // of the records, from the base of RAM
inline constexpr uint32_t kRecordEndVariable = 0x208;  // where the records end: address in RAM

// What a case left: little-endian words.
struct Record {
  std::array<uint32_t, kScratchBytes / 4> scratch;
  std::array<uint32_t, 13> r;
  uint32_t lr;
  uint32_t sp;
  uint32_t apsr;
  uint32_t fpscr;
  uint32_t number;  // of the case in the batch; with kFaulted: the exception, its address in r[0]
  uint32_t reserved[2];
  std::array<uint32_t, 32> s;

  static constexpr uint32_t kFaulted = 0x80000000;
};
static_assert(sizeof(Record) == 464);

enum class Simulator { kQemu, kOurs };

// How many cases fit the target's memory at most.
size_t max_cases(const Target& target);

class CaseBatch {
 public:
  // `case_return`: address in the harness. With `for_qemu` the program writes its records to a
  // file.
  CaseBatch(const Target& target, std::span<const Case> cases, uint32_t case_return);

  base::Bytes image(Simulator simulator) const;  // goes to code_base + kBatchOffset
  uint32_t code_address(size_t index) const { return code_addresses_[index]; }

 private:
  base::Bytes image_;
  std::vector<uint32_t> code_addresses_;
};

std::vector<Record> parse_records(std::span<const std::byte> bytes);

}  // namespace thimble::accuracy
