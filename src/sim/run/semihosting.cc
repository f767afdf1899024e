#include "sim/run/semihosting.h"

#include <algorithm>
#include <cstring>
#include <span>
#include <string_view>

namespace thimble::sim {
namespace {

enum Operation : uint32_t {
  kOpen = 0x01,
  kClose = 0x02,
  kWriteChar = 0x03,
  kWriteText = 0x04,
  kWrite = 0x05,
  kRead = 0x06,
  kIsError = 0x08,
  kIsTerminal = 0x09,
  kSeek = 0x0A,
  kFileLength = 0x0C,
  kRemove = 0x0E,
  kRename = 0x0F,
  kClock = 0x10,
  kTime = 0x11,
  kErrorNumber = 0x13,
  kCommandLine = 0x15,
  kHeapInfo = 0x16,
  kExit = 0x18,
  kExitExtended = 0x20,
  kElapsed = 0x30,
  kTickFrequency = 0x31,
};

// Handles are these from the start: there is nothing to keep about an open file.
enum Handle : uint32_t { kInput = 1, kOutput, kErrorOutput, kFeatures };

// Values of errno as newlib and the specification's examples have them.
constexpr uint32_t kNoSuchFile = 2;
constexpr uint32_t kBadHandle = 9;
constexpr uint32_t kBadArgument = 22;
constexpr uint32_t kNotImplemented = 88;

constexpr uint32_t kApplicationExit = 0x20026;  // the reason for an exit that is no failure
constexpr uint32_t kFailed = 0xFFFFFFFF;
constexpr std::string_view kConsoleName = ":tt";
constexpr std::string_view kFeaturesName = ":semihosting-features";
constexpr uint32_t kFirstWriteMode = 4, kFirstAppendMode = 8;  // as of fopen: "w", "a"
// Magic number; SYS_EXIT_EXTENDED takes an exit code, and ":tt" distinguishes output and errors.
constexpr std::string_view kFeatureBytes = "SHFB\x03";
constexpr std::string_view kProgramName = "program";

uint32_t word_at(const MemoryMap& memory, uint32_t address) {
  uint32_t word = 0;
  const auto bytes = memory.bytes(address, sizeof(word));
  if (!bytes.empty()) std::memcpy(&word, bytes.data(), sizeof(word));
  return word;
}

// The bytes of a buffer that the program wants filled; empty if it is no RAM.
std::span<std::byte> buffer_at(const MemoryMap& memory, uint32_t address, uint64_t size) {
  const MemoryMap::Region* region = memory.find(address);
  return region && region->is_ram() ? memory.bytes(address, size) : std::span<std::byte>{};
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

std::string text_at(const MemoryMap& memory, uint32_t address, uint32_t size) {
  const auto bytes = memory.bytes(address, size);
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

void put_text(std::span<std::byte> target, std::string_view text) {
  std::memcpy(target.data(), text.data(), text.size());
}

bool is_console(uint32_t handle) {
  return handle >= kInput && handle <= kErrorOutput;
}
bool is_open(uint32_t handle) {
  return handle >= kInput && handle <= kFeatures;
}

}  // namespace

uint32_t Semihosting::fail(uint32_t error) {
  error_ = error;
  return kFailed;
}

uint32_t Semihosting::open(const std::string& name, uint32_t mode) {
  if (name == kConsoleName) {
    if (mode < kFirstWriteMode) return kInput;
    return mode < kFirstAppendMode ? kOutput : kErrorOutput;
  }
  if (name != kFeaturesName || mode >= kFirstWriteMode) return fail(kNoSuchFile);
  features_position_ = 0;
  return kFeatures;
}

// Returns how many of the bytes were not read. The console has no input: it is at its end.
uint32_t Semihosting::read(uint32_t handle, uint32_t address, uint32_t bytes,
                           const MemoryMap& memory) {
  if (handle == kInput) return bytes;
  if (handle != kFeatures) return fail(kBadHandle);
  const std::string_view text = kFeatureBytes.substr(features_position_, bytes);
  const auto buffer = buffer_at(memory, address, text.size());
  if (buffer.empty()) return bytes;
  put_text(buffer, text);
  features_position_ += static_cast<uint32_t>(text.size());
  return bytes - static_cast<uint32_t>(text.size());
}

uint32_t Semihosting::command_line(uint32_t block, const MemoryMap& memory) {
  constexpr uint32_t kSize = kProgramName.size();
  const auto buffer = buffer_at(memory, word_at(memory, block), kSize + 1);
  const auto length = buffer_at(memory, block + 4, sizeof(kSize));
  if (buffer.empty() || length.empty() || word_at(memory, block + 4) <= kSize)
    return fail(kBadArgument);
  put_text(buffer, kProgramName);
  buffer[kSize] = std::byte{0};
  std::memcpy(length.data(), &kSize, sizeof(kSize));
  return 0;
}

SemihostingResult Semihosting::call(uint32_t operation, uint32_t argument, uint64_t cycles,
                                    const MemoryMap& memory) {
  constexpr uint64_t kCentisecondsPerSecond = 100;
  const auto parameter = [&](uint32_t index) { return word_at(memory, argument + 4 * index); };
  SemihostingResult result;
  switch (operation) {
    case kOpen:
      result.r0 = open(text_at(memory, parameter(0), parameter(2)), parameter(1));
      break;
    case kClose:
      result.r0 = is_open(parameter(0)) ? 0 : fail(kBadHandle);
      break;
    case kWriteChar:
      result.output = text_at(memory, argument, 1);
      break;
    case kWriteText:
      result.output = text_at(memory, argument);
      break;
    case kWrite:
      if (parameter(0) == kOutput || parameter(0) == kErrorOutput) {
        result.output = text_at(memory, parameter(1), parameter(2));
        result.r0 = parameter(2) - static_cast<uint32_t>(result.output.size());
      } else {
        result.r0 = fail(kBadHandle);
      }
      break;
    case kRead:
      result.r0 = read(parameter(0), parameter(1), parameter(2), memory);
      break;
    case kIsError:
      result.r0 = static_cast<int32_t>(parameter(0)) < 0;
      break;
    case kIsTerminal:
      result.r0 = is_console(parameter(0));
      break;
    case kSeek:
      if (parameter(0) == kFeatures && parameter(1) <= kFeatureBytes.size())
        features_position_ = parameter(1);
      else
        result.r0 = fail(is_open(parameter(0)) ? kBadArgument : kBadHandle);
      break;
    case kFileLength:
      result.r0 = is_console(parameter(0))    ? 0
                  : parameter(0) == kFeatures ? static_cast<uint32_t>(kFeatureBytes.size())
                                              : fail(kBadHandle);
      break;
    case kRemove:
    case kRename:
      result.r0 = fail(kNoSuchFile);
      break;
    case kClock:
      result.r0 = static_cast<uint32_t>(cycles / (clock_hz_ / kCentisecondsPerSecond));
      break;
    case kTime:  // the program starts in 1970
      result.r0 = static_cast<uint32_t>(cycles / clock_hz_);
      break;
    case kErrorNumber:
      result.r0 = error_;
      break;
    case kCommandLine:
      result.r0 = command_line(argument, memory);
      break;
    case kHeapInfo: {
      // Zeros: heap and stack are where the program itself puts them, as on a board.
      constexpr size_t kWords = 4;
      std::ranges::fill(buffer_at(memory, parameter(0), kWords * sizeof(uint32_t)), std::byte{0});
      break;
    }
    case kExit:
      result.exit_code = argument == kApplicationExit ? 0 : 1;
      break;
    case kExitExtended:
      result.exit_code = parameter(0) == kApplicationExit ? static_cast<int>(parameter(1)) : 1;
      break;
    case kElapsed:
      if (const auto ticks = buffer_at(memory, argument, sizeof(cycles)); !ticks.empty())
        std::memcpy(ticks.data(), &cycles, sizeof(cycles));
      else
        result.r0 = fail(kBadArgument);
      break;
    case kTickFrequency:
      result.r0 = static_cast<uint32_t>(clock_hz_);
      break;
    default:
      result.r0 = fail(kNotImplemented);
  }
  return result;
}

}  // namespace thimble::sim
