#include "tools/accuracy/fuzz/report.h"

#include <capstone/capstone.h>

#include <algorithm>

#include "base/check.h"

namespace thimble::accuracy {
namespace {

void compare(std::string& text, const std::string& name, uint32_t qemu, uint32_t ours) {
  if (qemu != ours)
    text += fmt::format("  {:<12} QEMU {:#010x}  ours {:#010x}\n", name, qemu, ours);
}

bool is_nop(const Instruction& instruction) {
  return instruction.word == (instruction.size_bytes == 2 ? 0xBF00u : 0xF3AF8000u);
}

Case without(const Case& test, size_t begin, size_t end) {
  Case shorter = test;
  for (size_t i = begin; i < end; ++i) {
    Piece& piece = shorter.code[i];
    if (piece.kind == PieceKind::kPlain)
      piece.instruction.word = piece.instruction.size_bytes == 2 ? 0xBF00u : 0xF3AF8000u;
  }
  return shorter;
}

struct Comparison {
  Outcome qemu;
  Outcome ours;
  bool differ = false;
};

base::Result<Comparison> run_both(const Simulators& simulators, const Case& test) {
  const CaseBatch batch(simulators.target(), std::span(&test, 1), simulators.case_return());
  Comparison comparison;
  THIMBLE_ASSIGN(comparison.qemu, simulators.run_qemu(batch));
  THIMBLE_ASSIGN(comparison.ours, simulators.run_ours(batch));
  comparison.differ =
      first_difference(comparison.qemu, comparison.ours, 1, simulators.target()).has_value();
  return comparison;
}

std::string disassemble(const Piece& piece, uint32_t address, csh handle) {
  const Instruction& instruction = piece.instruction;
  if (piece.kind == PieceKind::kData) return fmt::format(".hword {:#06x}", instruction.word);
  uint8_t bytes[4];
  const uint32_t halves[2] = {
      instruction.size_bytes == 4 ? instruction.word >> 16 : instruction.word, instruction.word};
  for (size_t i = 0; i < 4; ++i) bytes[i] = static_cast<uint8_t>(halves[i / 2] >> i % 2 * 8);
  cs_insn* decoded = nullptr;
  const size_t count =
      cs_disasm(handle, bytes, static_cast<size_t>(instruction.size_bytes), address, 1, &decoded);
  if (count == 0) return "(unknown to the disassembler)";
  std::string text = fmt::format("{} {}", decoded->mnemonic, decoded->op_str);
  cs_free(decoded, count);
  return text;
}

}  // namespace

std::string differences(const Record& qemu, const Record& ours, const Target& target) {
  std::string text;
  compare(text, "number", qemu.number, ours.number);
  for (size_t i = 0; i < qemu.r.size(); ++i)
    compare(text, fmt::format("r{}", i), qemu.r[i], ours.r[i]);
  compare(text, "lr", qemu.lr, ours.lr);
  compare(text, "sp", qemu.sp, ours.sp);
  compare(text, "APSR", qemu.apsr, ours.apsr);
  if (target.features & kSingle) {
    compare(text, "FPSCR", qemu.fpscr, ours.fpscr);
    for (size_t i = 0; i < qemu.s.size(); ++i)
      compare(text, fmt::format("s{}", i), qemu.s[i], ours.s[i]);
  }
  for (size_t i = 0; i < qemu.scratch.size(); ++i)
    compare(text, fmt::format("[{:#x}]", target.ram_base + i * 4), qemu.scratch[i],
            ours.scratch[i]);
  return text;
}

std::optional<size_t> first_difference(const Outcome& qemu, const Outcome& ours, size_t cases,
                                       const Target& target) {
  for (size_t i = 0; i < cases; ++i) {
    const bool both = i < qemu.records.size() && i < ours.records.size();
    if (!both || !differences(qemu.records[i], ours.records[i], target).empty()) return i;
    if (qemu.records[i].number & Record::kFaulted) return i;  // the generator made a bad case
  }
  return std::nullopt;
}

base::Result<Case> minimise(const Simulators& simulators, Case test) {
  for (size_t chunk = std::max<size_t>(test.code.size() / 2, 1);; chunk /= 2) {
    for (size_t begin = 0; begin < test.code.size(); begin += chunk) {
      const size_t end = std::min(begin + chunk, test.code.size());
      Case shorter = without(test, begin, end);
      if (std::ranges::equal(
              shorter.code, test.code, {}, [](const Piece& p) { return p.instruction.word; },
              [](const Piece& p) { return p.instruction.word; }))
        continue;
      THIMBLE_ASSIGN(const Comparison comparison, run_both(simulators, shorter));
      // The shorter case must still be a good one for QEMU.
      const bool good = !comparison.qemu.records.empty() &&
                        !(comparison.qemu.records[0].number & Record::kFaulted);
      if (comparison.differ && good) test = std::move(shorter);
    }
    if (chunk == 1) return test;
  }
}

base::Result<std::string> describe(const Simulators& simulators, const Case& test) {
  const Target& target = simulators.target();
  const CaseBatch batch(target, std::span(&test, 1), simulators.case_return());
  csh handle = 0;
  const auto mode = static_cast<cs_mode>(CS_MODE_THUMB | CS_MODE_MCLASS | CS_MODE_V8);
  CHECK(cs_open(CS_ARCH_ARM, mode, &handle) == CS_ERR_OK);
  std::string text = "code:\n";
  uint32_t address = batch.code_address(0);
  for (const Piece& piece : test.code) {
    const Instruction& instruction = piece.instruction;
    if (!is_nop(instruction))
      text += fmt::format("  {:#010x}  {:0{}x}  {}\n", address, instruction.word,
                          instruction.size_bytes * 2, disassemble(piece, address, handle));
    address += static_cast<uint32_t>(instruction.size_bytes);
  }
  cs_close(&handle);
  text += "before:\n ";
  for (size_t i = 0; i < test.r.size(); ++i) text += fmt::format(" r{}={:#x}", i, test.r[i]);
  text += fmt::format(" lr={:#x} apsr={:#x}\n", test.lr, test.apsr);
  if (target.features & kSingle) {
    text += fmt::format("  fpscr={:#x}", test.fpscr);
    for (size_t i = 0; i < test.s.size(); ++i) text += fmt::format(" s{}={:#x}", i, test.s[i]);
    text += '\n';
  }
  THIMBLE_ASSIGN(const Comparison comparison, run_both(simulators, test));
  text += "after:\n";
  const bool both = !comparison.qemu.records.empty() && !comparison.ours.records.empty();
  if (both) text += differences(comparison.qemu.records[0], comparison.ours.records[0], target);
  if (!both || comparison.qemu.records[0].number != comparison.ours.records[0].number ||
      (comparison.qemu.records[0].number & Record::kFaulted))
    text += fmt::format("  QEMU: {} records, {}\n  ours: {} records, {}\n",
                        comparison.qemu.records.size(), comparison.qemu.end,
                        comparison.ours.records.size(), comparison.ours.end);
  return text;
}

}  // namespace thimble::accuracy
