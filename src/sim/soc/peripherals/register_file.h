// Registers that store what is written and read it back, changed by the rules of a family.
#pragma once

#include <cstdint>
#include <span>
#include <unordered_map>

#include "sim/soc/peripherals/family.h"

namespace thimble::sim {

class RegisterFile {
 public:
  // `rules` must outlive this.
  explicit RegisterFile(std::span<const RegisterRule> rules);

  uint32_t read(uint32_t address) const;
  void write(uint32_t address, uint32_t value);
  // The word as written, or `otherwise`.
  uint32_t stored(uint32_t address, uint32_t otherwise = 0) const;

 private:
  std::unordered_multimap<uint32_t, const RegisterRule*> rules_;  // by the address they change
  std::unordered_map<uint32_t, uint32_t> registers_;
};

}  // namespace thimble::sim
