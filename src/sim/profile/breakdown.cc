#include "sim/profile/breakdown.h"

#include <algorithm>
#include <map>

#include "sim/profile/scaled.h"

namespace thimble::sim {
namespace {

// Addresses after each instruction of straight-line Thumb code, as offsets.
std::vector<uint32_t> instruction_ends(std::span<const std::byte> code) {
  // The top five bits of the first half-word of a 32-bit instruction (Armv7-M ARM, A5.1).
  constexpr uint32_t kFirstWide = 0b11101;
  std::vector<uint32_t> ends;
  uint32_t at = 0;
  while (at + 2 <= code.size()) {
    const bool wide = std::to_integer<uint32_t>(code[at + 1]) >> 3 >= kFirstWide;
    at = std::min(at + (wide ? 4 : 2), static_cast<uint32_t>(code.size()));
    ends.push_back(at);
  }
  return ends;
}

// Shares out whole numbers: after n calls, the sum of what was given is round(total * part / whole)
// of the parts so far.
class Shares {
 public:
  Shares(const Cost& total, uint64_t whole) : total_(total), whole_(whole) {}

  Cost up_to(uint64_t part) {
    const Cost now{scaled(total_.cycles, part), 0, scaled(total_.data_stalls, part),
                   scaled(total_.fetch_stalls, part)};
    const Cost share = now - given_;
    given_ = now;
    return share;
  }

 private:
  uint64_t scaled(uint64_t value, uint64_t part) const { return sim::scaled(value, part, whole_); }

  Cost total_;
  uint64_t whole_;
  Cost given_;
};

std::vector<InstructionCost> split(const Profile::Block& block, PipelineModel& pipeline,
                                   std::span<const std::byte> code) {
  const std::vector<uint32_t> ends = instruction_ends(code);
  if (ends.empty()) return {{block.address, block.function, block.executions, block.cost}};
  std::vector<uint64_t> cycles;  // up to and including each instruction
  for (size_t i = 0; i < ends.size(); ++i) {
    const BlockTiming timing =
        pipeline.time_block(code.first(ends[i]), block.address, kAfterBranch);
    const bool last = i + 1 == ends.size();
    cycles.push_back(std::max<uint64_t>(last ? timing.cycles_taken : timing.cycles_fall_through,
                                        cycles.empty() ? 0 : cycles.back()));
  }
  Shares shares(block.cost, std::max<uint64_t>(cycles.back(), 1));
  std::vector<InstructionCost> result;
  for (size_t i = 0; i < ends.size(); ++i) {
    const uint32_t offset = i == 0 ? 0 : ends[i - 1];
    InstructionCost instruction{block.address + offset, block.function, block.executions,
                                shares.up_to(cycles[i])};
    instruction.cost.instructions = block.executions;
    result.push_back(instruction);
  }
  // A model that gives a whole block no time, and blocks that were cut short in some executions.
  result.back().cost += block.cost - [&] {
    Cost sum;
    for (const InstructionCost& part : result) sum += part.cost;
    return sum;
  }();
  return result;
}

}  // namespace

std::vector<InstructionCost> instruction_costs(const Profile& profile, PipelineModel& pipeline,
                                               const CodeReader& read_code) {
  std::map<std::pair<size_t, uint32_t>, InstructionCost> merged;
  for (const Profile::Block& block : profile.blocks) {
    std::vector<std::byte> code(block.end - block.address);
    if (!read_code(block.address, code)) code.clear();
    for (const InstructionCost& part : split(block, pipeline, code)) {
      InstructionCost& sum =
          merged.try_emplace({part.function, part.address}, part.address, part.function)
              .first->second;
      sum.executions += part.executions;
      sum.cost += part.cost;
    }
  }
  std::vector<InstructionCost> result;
  for (auto& [key, instruction] : merged) result.push_back(instruction);
  return result;
}

std::vector<LineCost> line_costs(const Elf& elf, std::span<const InstructionCost> instructions) {
  std::map<std::pair<std::string, int>, Cost> by_line;
  for (const InstructionCost& instruction : instructions) {
    const std::optional<SourceLine> line = elf.source_line(instruction.address);
    by_line[line ? std::pair(line->file, line->line) : std::pair(std::string(), 0)] +=
        instruction.cost;
  }
  std::vector<LineCost> result;
  for (const auto& [line, cost] : by_line) {
    std::optional<SourceLine> known;
    if (line.second != 0) known = SourceLine{line.first, line.second};
    result.push_back({std::move(known), cost});
  }
  std::ranges::stable_sort(
      result, [](const LineCost& a, const LineCost& b) { return a.cost.cycles > b.cost.cycles; });
  return result;
}

}  // namespace thimble::sim
