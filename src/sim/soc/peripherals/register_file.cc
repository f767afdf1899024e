#include "sim/soc/peripherals/register_file.h"

namespace thimble::sim {
namespace {

// A program that writes to ever new addresses must not take the host's memory.
constexpr size_t kMaxRegisters = size_t{1} << 20;

}  // namespace

RegisterFile::RegisterFile(std::span<const RegisterRule> rules) {
  for (const RegisterRule& rule : rules) {
    if (rule.kind == RegisterRule::Kind::kReset) {
      registers_[rule.address] = rule.mask;
    } else {
      rules_.emplace(rule.address, &rule);
    }
  }
}

uint32_t RegisterFile::stored(uint32_t address, uint32_t otherwise) const {
  const auto found = registers_.find(address);
  return found == registers_.end() ? otherwise : found->second;
}

uint32_t RegisterFile::read(uint32_t address) const {
  uint32_t value = stored(address);
  const auto [first, last] = rules_.equal_range(address);
  for (auto entry = first; entry != last; ++entry) {
    const RegisterRule& rule = *entry->second;
    switch (rule.kind) {
      case RegisterRule::Kind::kOnes:
        value |= rule.mask;
        break;
      case RegisterRule::Kind::kZeros:
        value &= ~rule.mask;
        break;
      case RegisterRule::Kind::kFollow:
        value &= ~(rule.mask << rule.shift);
        value |= (stored(rule.other) >> rule.other_shift & rule.mask) << rule.shift;
        break;
      case RegisterRule::Kind::kTask:
        value = 0;
        break;
      case RegisterRule::Kind::kReset:
        break;
    }
  }
  return value;
}

void RegisterFile::write(uint32_t address, uint32_t value) {
  if (registers_.size() < kMaxRegisters || registers_.contains(address))
    registers_[address] = value;
  if (!(value & 1)) return;
  const auto [first, last] = rules_.equal_range(address);
  for (auto entry = first; entry != last; ++entry) {
    const RegisterRule& rule = *entry->second;
    if (rule.kind != RegisterRule::Kind::kTask) continue;
    uint32_t& other = registers_[rule.other];
    other = (other | rule.mask) & ~rule.clear;
  }
}

}  // namespace thimble::sim
