#include "sim/run/semihosting.h"

#include <cstring>

namespace thimble::sim {
namespace {

enum Operation : uint32_t {
  kWriteChar = 0x03,
  kWriteText = 0x04,
  kExit = 0x18,
  kExitExtended = 0x20
};

constexpr uint32_t kApplicationExit = 0x20026;  // the reason for an exit that is no failure
constexpr uint32_t kFailed = 0xFFFFFFFF;

uint32_t word_at(const MemoryMap& memory, uint32_t address) {
  uint32_t word = 0;
  const auto bytes = memory.bytes(address, sizeof(word));
  if (!bytes.empty()) std::memcpy(&word, bytes.data(), sizeof(word));
  return word;
}

std::string text_at(const MemoryMap& memory, uint32_t address) {
  constexpr size_t kMaxBytes = 64 << 10;
  std::string text;
  for (auto byte = memory.bytes(address, 1);
       !byte.empty() && byte[0] != std::byte{0} && text.size() < kMaxBytes;
       byte = memory.bytes(++address, 1))
    text += static_cast<char>(byte[0]);
  return text;
}

}  // namespace

SemihostingResult semihosting_call(uint32_t r0, uint32_t r1, const MemoryMap& memory) {
  SemihostingResult result;
  switch (r0) {
    case kWriteChar:
      result.output = text_at(memory, r1).substr(0, 1);
      break;
    case kWriteText:
      result.output = text_at(memory, r1);
      break;
    case kExit:
      result.exit_code = r1 == kApplicationExit ? 0 : 1;
      break;
    case kExitExtended: {
      const bool regular = word_at(memory, r1) == kApplicationExit;
      result.exit_code = regular ? static_cast<int>(word_at(memory, r1 + 4)) : 1;
      break;
    }
    default:
      result.r0 = kFailed;
  }
  return result;
}

}  // namespace thimble::sim
