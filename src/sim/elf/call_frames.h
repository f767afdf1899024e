// Unwinds one frame of the stack by the call frame information of an ELF file (.debug_frame,
// .eh_frame), by libdw.
//
// `image` must outlive the object. A file without that information knows no frame. The bytes are
// untrusted: an expression that libdw cannot read, or that is none a compiler for Cortex-M writes,
// is an unknown frame.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>

namespace thimble::sim {

class CallFrames {
 public:
  using Registers = std::array<uint32_t, 16>;
  // The word at an address; nullopt: no memory there.
  using WordReader = std::function<std::optional<uint32_t>(uint32_t address)>;

  explicit CallFrames(std::span<const std::byte> image);
  ~CallFrames();
  CallFrames(const CallFrames&) = delete;
  CallFrames& operator=(const CallFrames&) = delete;

  // The registers of the caller, in its pc the return address as it was stored (with the Thumb
  // bit). `pc`: an address within the instruction that the frame is at; of a caller that is its
  // call, not the instruction after it. nullopt: nothing is known of code at `pc`.
  std::optional<Registers> caller(uint32_t pc, const Registers& registers,
                                  const WordReader& read_word) const;

 private:
  struct Handles;
  std::unique_ptr<Handles> handles_;
};

}  // namespace thimble::sim
