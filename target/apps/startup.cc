// Reset and vectors of a bare-metal program on a Cortex-M. Every fault ends in one endless loop; a
// return from main ends the program through semihosting, which debuggers, QEMU and Thimble's
// simulator understand.
#include <stdint.h>

extern "C" {

extern uint32_t thimble_stack_top, thimble_data_load, thimble_data_start, thimble_data_end,
    thimble_bss_start, thimble_bss_end;

int main();
[[noreturn]] void thimble_reset();
[[noreturn]] void thimble_unexpected_exception();

[[noreturn]] void thimble_unexpected_exception() {
  for (;;) {
  }
}

// SYS_EXIT of the Arm semihosting specification, section 7.
[[noreturn]] static void exit_program(bool success) {
  register uint32_t operation __asm__("r0") = 0x18;
  register uint32_t reason __asm__("r1") = success ? 0x20026u : 0x20023u;
  __asm__ volatile("bkpt #0xab" : : "r"(operation), "r"(reason) : "memory");
  thimble_unexpected_exception();
}

[[noreturn]] void thimble_reset() {
#if defined(__ARM_FP)
  // Full access to coprocessors 10 and 11, before the first floating-point instruction.
  volatile uint32_t* const cpacr = reinterpret_cast<volatile uint32_t*>(0xE000ED88u);
  *cpacr = *cpacr | (0xFu << 20);
  __asm__ volatile("dsb\n\tisb" : : : "memory");
#endif
  const uint32_t* from = &thimble_data_load;
  for (uint32_t* to = &thimble_data_start; to < &thimble_data_end;) *to++ = *from++;
  for (uint32_t* to = &thimble_bss_start; to < &thimble_bss_end;) *to++ = 0;
  exit_program(main() == 0);
}

using Handler = void (*)();

// Stack pointer, reset, and the fourteen other system exceptions; interrupts stay disabled.
__attribute__((section(".vectors"), used)) const Handler thimble_vectors[16] = {
    reinterpret_cast<Handler>(&thimble_stack_top),
    thimble_reset,
    thimble_unexpected_exception,
    thimble_unexpected_exception,
    thimble_unexpected_exception,
    thimble_unexpected_exception,
    thimble_unexpected_exception,
    thimble_unexpected_exception,
    thimble_unexpected_exception,
    thimble_unexpected_exception,
    thimble_unexpected_exception,
    thimble_unexpected_exception,
    thimble_unexpected_exception,
    thimble_unexpected_exception,
    thimble_unexpected_exception,
    thimble_unexpected_exception,
};

}  // extern "C"
