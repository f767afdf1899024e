// What thimble sim is tried on: calls, recursion, text, an exit code; with -DCRASH a crash four
// calls deep, with -DENDLESS no end.
#include <stdint.h>

#define NOINLINE __attribute__((noinline, noclone))

extern "C" {
extern uint32_t stack_top[], data_load[], data_start[], data_end[], bss_end[];
void reset();
int main();

__attribute__((section(".vectors"), used)) const uintptr_t vectors[2] = {
    reinterpret_cast<uintptr_t>(stack_top), reinterpret_cast<uintptr_t>(&reset)};
}

namespace {

uint32_t semihosting(uint32_t operation, const void* argument) {
  register uint32_t r0 __asm__("r0") = operation;
  register const void* r1 __asm__("r1") = argument;
  __asm__ volatile("bkpt #0xab" : "+r"(r0) : "r"(r1) : "memory");
  return r0;
}

}  // namespace

namespace app {

volatile uint32_t sink;

NOINLINE uint32_t work(uint32_t rounds) {
  uint32_t sum = 0;
  for (uint32_t i = 0; i < rounds; ++i) sum += i ^ sink;
  return sum;
}

NOINLINE uint32_t recurse(uint32_t depth) {
  volatile uint32_t frame[8];
  frame[0] = depth;
  return depth == 0 ? work(10) : recurse(depth - 1) + frame[0];
}

NOINLINE void once() {
  sink = work(100);
  sink = recurse(5);
}

NOINLINE void fail_here(uint32_t address) {
  volatile uint32_t frame[16];
  frame[3] = address;
  sink = *reinterpret_cast<volatile uint32_t*>(address);  // at: crash
  sink = frame[3];
}

NOINLINE void middle(uint32_t address) {
  fail_here(address + 8);  // at: middle
  sink = 1;
}

NOINLINE void outer() {
  volatile uint32_t stale[4];
  stale[0] = 1;
  middle(0x60000000);  // at: outer
  sink = stale[0];
}

}  // namespace app

int main() {
  semihosting(0x04, "hello\n");
  for (int i = 0; i < 3; ++i) app::once();
#ifdef CRASH
  app::outer();  // at: main
#endif
#ifdef ENDLESS
  for (;;) app::sink = 0;
#endif
  return 42;
}

void reset() {
  for (uint32_t *to = data_start, *from = data_load; to != data_end;) *to++ = *from++;
  for (uint32_t* to = data_end; to != bss_end;) *to++ = 0;
  const uint32_t block[2] = {0x20026, static_cast<uint32_t>(main())};
  semihosting(0x20, block);
}
