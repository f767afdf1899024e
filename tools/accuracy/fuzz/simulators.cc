#include "tools/accuracy/fuzz/simulators.h"

#include <cstring>

namespace thimble::accuracy {

using base::ErrorCode;

base::Result<Simulators> Simulators::create(Target target) {
  const auto harness = std::filesystem::path(THIMBLE_HARNESS_DIR) / (target.core + ".elf");
  Simulators simulators;
  THIMBLE_ASSIGN(simulators.core_, board::load_core(target.core));
  THIMBLE_ASSIGN(const sim::Elf elf, sim::Elf::load(harness));
  const sim::Symbol* symbol = elf.find_symbol("case_return");
  if (!symbol) return base::fail(ErrorCode::kNotFound, "{}: no case_return", harness.string());
  simulators.case_return_ = symbol->address;
  THIMBLE_ASSIGN(simulators.directory_, base::TemporaryDirectory::create("thimble-simfuzz"));
  simulators.target_ = std::move(target);
  simulators.harness_ = harness;
  return simulators;
}

base::Result<sim::Machine> Simulators::machine(const CaseBatch& batch) const {
  THIMBLE_ASSIGN(sim::Elf elf, sim::Elf::load(harness_));
  THIMBLE_ASSIGN(sim::Machine machine,
                 sim::Machine::create(zero_wait_board(target_), core_, std::move(elf)));
  THIMBLE_TRY(
      machine.write_memory(target_.code_base + kBatchOffset, batch.image(Simulator::kOurs)));
  return machine;
}

base::Result<Outcome> Simulators::run_qemu(const CaseBatch& batch) const {
  const std::filesystem::path image = directory_.path() / "batch.bin";
  const std::filesystem::path records = directory_.path() / "records.bin";
  THIMBLE_TRY(base::write_file(image, batch.image(Simulator::kQemu)));
  THIMBLE_TRY(base::write_file(records, std::string_view{}));
  QemuRun run;
  run.elf = harness_.string();
  run.loaders = {fmt::format("file={},addr={:#x},force-raw=on", image.string(),
                             target_.code_base + kBatchOffset)};
  run.working_directory = directory_.path().string();
  Outcome outcome;
  const auto result = accuracy::run_qemu(target_, run);
  if (result) {
    outcome.end = fmt::format("QEMU ended with code {}", result->exit_code);
  } else if (result.error().code == ErrorCode::kLimit ||
             result.error().code == ErrorCode::kToolFailed) {
    outcome.end = result.error().to_string();
  } else {
    return base::fail(result.error());
  }
  THIMBLE_ASSIGN(const base::Bytes bytes, base::read_file(records));
  outcome.records = parse_records(bytes);
  return outcome;
}

base::Result<Outcome> Simulators::run_ours(const CaseBatch& batch) const {
  constexpr uint64_t kMaxCycles = 500'000'000;
  THIMBLE_ASSIGN(sim::Machine machine, this->machine(batch));
  THIMBLE_TRY(machine.add_breakpoint("flush"));
  Outcome outcome;
  for (;;) {
    const sim::Stop stop = machine.run({.max_cycles = kMaxCycles});
    outcome.end = stop.to_string();
    if (stop.kind != sim::StopKind::kBreakpoint) return outcome;
    uint32_t end = 0;
    THIMBLE_TRY(machine.read_memory(target_.ram_base + kRecordEndVariable,
                                    std::as_writable_bytes(std::span(&end, 1))));
    const uint32_t begin = target_.ram_base + kRecordsOffset;
    if (end < begin || end - begin > target_.ram_bytes)
      return base::fail(ErrorCode::kFault, "the harness was overwritten");
    base::Bytes bytes(end - begin);
    THIMBLE_TRY(machine.read_memory(begin, bytes));
    const std::vector<Record> records = parse_records(bytes);
    outcome.records.insert(outcome.records.end(), records.begin(), records.end());
  }
}

}  // namespace thimble::accuracy
