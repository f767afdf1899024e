// What a Cortex-M processor holds between two instructions: plain data, without behaviour of its
// own. The executor, the exception model and the fault report all work on it.
//
// Armv7-M Architecture Reference Manual (DDI 0403E), section B1.4; Armv8-M: DDI 0553, section B3.
#pragma once

#include <array>
#include <cstdint>
#include <utility>

namespace thimble::sim {

inline constexpr int kSp = 13;
inline constexpr int kLr = 14;
inline constexpr int kPc = 15;

inline constexpr uint32_t kControlUnprivileged = 1u << 0;  // CONTROL.nPRIV
inline constexpr uint32_t kControlProcessStack = 1u << 1;  // CONTROL.SPSEL
inline constexpr uint32_t kControlFloat = 1u << 2;         // CONTROL.FPCA

using Registers = std::array<uint32_t, 16>;  // r0 to r12, sp, lr, pc

struct CpuState {
  Registers r{};  // r13: the active stack pointer; r15: the next instruction

  // The flags in the form in which results leave them.
  uint32_t n = 0;        // bit 31 is N
  uint32_t z = 1;        // Z is set when this is 0
  uint32_t c = 0;        // 0 or 1
  uint32_t v = 0;        // 0 or 1
  uint32_t q = 0;        // 0 or 1
  uint32_t ge = 0;       // four bits
  uint32_t it = 0;       // ITSTATE, eight bits as in the EPSR
  uint32_t ipsr = 0;     // number of the active exception; 0: thread mode
  uint32_t control = 0;  // kControl...
  uint32_t primask = 0;
  uint32_t faultmask = 0;
  uint32_t basepri = 0;
  uint32_t inactive_sp = 0;  // the stack pointer that is not in r13
  bool exclusive = false;    // the local monitor of LDREX and STREX

  std::array<uint32_t, 2> stack_limits{};  // MSPLIM, PSPLIM of Armv8-M; stored, not enforced

  alignas(8) std::array<uint32_t, 32> s{};  // S0 to S31; Dn is S2n and S2n + 1
  uint32_t fpscr = 0;

  // APSR, IPSR and EPSR in one word. The T bit always reads as set.
  uint32_t xpsr() const {
    return (n & 0x80000000u) | (z == 0 ? 1u << 30 : 0u) | c << 29 | v << 28 | q << 27 | ge << 16 |
           (it & 3u) << 25 | (it >> 2) << 10 | 1u << 24 | ipsr;
  }

  bool privileged() const { return ipsr != 0 || (control & kControlUnprivileged) == 0; }
  bool main_stack_active() const { return ipsr != 0 || (control & kControlProcessStack) == 0; }

  // What MSR CONTROL does: only thread mode may change the stack, which swaps the stack pointers.
  void set_control(uint32_t value, bool has_float) {
    uint32_t next =
        value & (kControlUnprivileged | kControlProcessStack | (has_float ? kControlFloat : 0));
    if (ipsr != 0) next = (next & ~kControlProcessStack) | (control & kControlProcessStack);
    if ((next ^ control) & kControlProcessStack) std::swap(r[kSp], inactive_sp);
    control = next;
  }

  void set_apsr(uint32_t value) {
    n = value;
    z = ~value & 1u << 30;
    c = value >> 29 & 1;
    v = value >> 28 & 1;
    q = value >> 27 & 1;
  }
  void set_xpsr(uint32_t value) {
    set_apsr(value);
    ge = value >> 16 & 0xF;
    it = (value >> 25 & 3) | (value >> 10 & 0x3F) << 2;
    ipsr = value & 0x1FF;
  }
};

}  // namespace thimble::sim
