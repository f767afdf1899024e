#include "sim/timing/timing.h"

#include <map>
#include <vector>

#include "base/check.h"
#include "sim/timing/core_table.h"
#include "sim/timing/instruction.h"
#include "sim/timing/pipeline.h"

namespace thimble::sim {
namespace {

class TablePipelineModel final : public PipelineModel {
 public:
  TablePipelineModel(const CoreTable& table, InstructionDecoder decoder)
      : pipeline_(table),
        decoder_(std::move(decoder)),
        operand_timing_(table.by_operand.timing),
        mispredicted_cycles_(table.branch.mispredicted) {
    const PipelineState first = intern(pipeline_.after_branch());
    CHECK(first == kAfterBranch);
  }

  BlockTiming time_block(std::span<const std::byte> code, uint32_t address,
                         PipelineState entry) override {
    CHECK(entry < situations_.size(), "pipeline state {} of another model", entry);
    PipelineSituation situation = situations_[entry];
    BlockTiming timing;
    while (code.size() >= 2) {
      const Instruction instruction = decoder_.decode(code, address);
      code = code.subspan(instruction.bytes);
      ++timing.instructions;
      const bool predicted = code.empty() && is_branch(instruction.kind) &&
                             Pipeline::may_fall_through(situation, instruction);
      timing.mispredicted_cycles = predicted ? mispredicted_cycles_ : 0;
      timing.branches_backward = instruction.backward;
      PipelineSituation if_taken = situation;
      timing.cycles_taken =
          timing.cycles_fall_through + pipeline_.execute(if_taken, instruction, address, true);
      timing.cycles_fall_through += pipeline_.execute(situation, instruction, address, false);
      address += instruction.bytes;
    }
    timing.exit_state = intern(situation);
    return timing;
  }

  OperandTiming operand_timing() const override { return operand_timing_; }

  uint32_t skipped_saving(std::span<const std::byte> code, uint32_t address) override {
    return pipeline_.skipped_saving(decoder_.decode(code, address));
  }

 private:
  PipelineState intern(const PipelineSituation& situation) {
    const auto [place, inserted] =
        states_.try_emplace(situation, static_cast<PipelineState>(situations_.size()));
    if (inserted) situations_.push_back(situation);
    return place->second;
  }

  Pipeline pipeline_;
  InstructionDecoder decoder_;
  OperandTiming operand_timing_;
  uint32_t mispredicted_cycles_;
  std::vector<PipelineSituation> situations_;  // by state
  std::map<PipelineSituation, PipelineState> states_;
};

}  // namespace

base::Result<std::unique_ptr<PipelineModel>> PipelineModel::create(const board::Core& core) {
  THIMBLE_ASSIGN(const CoreTable table, parse_core_table(core));
  THIMBLE_ASSIGN(InstructionDecoder decoder, InstructionDecoder::create());
  return std::make_unique<TablePipelineModel>(table, std::move(decoder));
}

}  // namespace thimble::sim
