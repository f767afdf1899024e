// One function per thing the simulator must do or catch. The line that is at fault carries the
// comment "at: NAME", which the tests look up.
#include <stdint.h>

#define NOINLINE __attribute__((noinline))

namespace {

template <typename T>
volatile T& at(uint32_t address) {
  return *reinterpret_cast<volatile T*>(address);
}

uint32_t semihosting(uint32_t operation, const void* argument) {
  register uint32_t r0 __asm__("r0") = operation;
  register const void* r1 __asm__("r1") = argument;
  __asm__ volatile("bkpt #0xab" : "+r"(r0) : "r"(r1) : "memory");
  return r0;
}

constexpr uint32_t kNowhere = 0x60000010;

}  // namespace

extern "C" {

uint32_t initialized = 0x12345678;
volatile uint32_t results[4];

NOINLINE void unmapped_read() {
  results[0] = at<uint32_t>(kNowhere);  // at: unmapped_read
  results[1] = 1;
}

NOINLINE void unmapped_write() {
  results[0] = 1;
  results[1] = 2;
  at<uint8_t>(kNowhere) = 1;  // at: unmapped_write
}

NOINLINE void null_read() {
  const uint32_t* pointer = nullptr;
  __asm__("" : "+r"(pointer));
  results[0] = pointer[2];  // at: null_read
}

NOINLINE void flash_write() {
  at<uint32_t>(0x08000100) = 1;  // at: flash_write
}

NOINLINE void bad_jump() {
  void (*function)() = reinterpret_cast<void (*)()>(kNowhere | 1);
  __asm__("" : "+r"(function));
  results[0] = 3;
  function();  // at: bad_jump
  results[0] = 4;
}

NOINLINE void jump_into_peripheral() {
  void (*function)() = reinterpret_cast<void (*)()>(0x40000001);
  __asm__("" : "+r"(function));
  function();  // at: jump_into_peripheral
  results[0] = 4;
}

NOINLINE void even_jump() {
  __asm__ volatile("blx %0" : : "r"(0x08000100) : "memory", "lr");  // at: even_jump
}

NOINLINE void undefined() {
  results[0] = 5;
  __asm__ volatile("udf #1");  // at: undefined
}

NOINLINE void unaligned() {
  uint32_t value;
  __asm__ volatile("ldrex %0, [%1]" : "=r"(value) : "r"(0x20000001));  // at: unaligned
  results[0] = value;
}

NOINLINE void overflow_stack(uint32_t depth) {  // at: overflow_stack
  volatile uint32_t frame[16];
  frame[depth & 15] = depth;
  overflow_stack(depth + 1);
  results[0] = frame[depth & 15];
}

NOINLINE void endless() {
  for (;;) results[0] = results[0] + 1;
}

NOINLINE void wait_forever() {
  __asm__ volatile("wfi");
  results[0] = 1;
}

NOINLINE void wait_for_event() {
  __asm__ volatile("wfe");
  results[0] = 2;
}

NOINLINE void stop_twice() {
  results[0] = 1;
  __asm__ volatile("bkpt #1");
  results[0] = 2;
  __asm__ volatile("bkpt #2");
}

NOINLINE void print() {
  semihosting(0x04, "hello, ");
  semihosting(0x03, "w");
  semihosting(0x04, "orld\n");
  results[0] = semihosting(0x77, nullptr);
}

NOINLINE void exit_with_failure() {
  semihosting(0x18, reinterpret_cast<void*>(0x20023));
}

NOINLINE void exit_with_code() {
  const uint32_t block[2] = {0x20026, 42};
  semihosting(0x20, block);
}

NOINLINE void check_data() {
  results[0] = initialized;
}

NOINLINE void use_stack() {
  volatile uint8_t frame[1000];
  frame[0] = 1;
  frame[999] = 2;
  results[0] = frame[0];
}

NOINLINE void peripheral() {
  at<uint32_t>(0x40020014) = 0xA1B2C3D4;
  results[0] = at<uint32_t>(0x40020014);
  results[1] = at<uint8_t>(0x40020016);
  at<uint8_t>(0x40020015) = 0x55;
  results[2] = at<uint32_t>(0x40020014);
  results[3] = at<uint32_t>(0x50000000);
}

NOINLINE void systick() {
  at<uint32_t>(0xE000E014) = 99;
  at<uint32_t>(0xE000E018) = 0;
  at<uint32_t>(0xE000E010) = 5;
  for (int i = 0; i < 100; ++i) results[3] = i;
  results[0] = at<uint32_t>(0xE000E018);
  results[1] = at<uint32_t>(0xE000E010);
}

// A function in RAM that returns a constant, rewritten between calls.
alignas(4) volatile uint16_t ram_code[4];

NOINLINE void self_modifying() {
  auto function = reinterpret_cast<uint32_t (*)()>(reinterpret_cast<uint32_t>(&ram_code[0]) | 1);
  for (uint32_t i = 0; i < 4; ++i) {
    ram_code[0] = static_cast<uint16_t>(0x2000 | (10 + i));  // movs r0, #10 + i
    ram_code[1] = i == 3 ? 0xBF00 : 0x0000;                  // nop, or movs r0, r0
    ram_code[2] = 0x4770;                                    // bx lr
    __asm__ volatile("dsb\n\tisb" : : : "memory");
    results[i] = function();
  }
}

// Data in flash and a multiply-accumulate loop: what a fully-connected layer is to the simulator.
extern const int8_t weights[32768];
alignas(4) const int8_t weights[32768] = {1, 2, 3, 4, 5, 6, 7, 8, 9};
alignas(4) int8_t activations[512];

NOINLINE int32_t dot(const int8_t* a, const int8_t* b, uint32_t count) {
  int32_t sum = 0;
  for (uint32_t i = 0; i < count; i += 4) {
    sum += a[i] * b[i];
    sum += a[i + 1] * b[i + 1];
    sum += a[i + 2] * b[i + 2];
    sum += a[i + 3] * b[i + 3];
  }
  return sum;
}

NOINLINE void compute() {
  for (uint32_t round = 0; round < 8; ++round)
    for (uint32_t row = 0; row < 64; ++row)
      results[0] = results[0] + dot(weights + 512 * row, activations, 512);
}

NOINLINE void compute_forever() {
  for (;;) compute();
}

NOINLINE void enable_fpu() {
  at<uint32_t>(0xE000ED88) = at<uint32_t>(0xE000ED88) | (0xF << 20);
  __asm__ volatile("dsb\n\tisb" : : : "memory");
}

#ifdef __ARM_FP
volatile float single = 1.5f;

NOINLINE void float_disabled() {
  results[0] = 1;
  single = single * 2;  // at: float_disabled
}

NOINLINE void float_enabled() {
  enable_fpu();
  single = single * 2;
  results[0] = static_cast<uint32_t>(single);
}
#endif

#if defined(__ARM_FP) && (__ARM_FP & 8)
volatile double wide = 1.5;

NOINLINE void double_enabled() {
  enable_fpu();
  wide = wide * 2;
  results[0] = static_cast<uint32_t>(wide);
}
#endif

#ifdef __ARM_FEATURE_DSP
// The same with two multiply-accumulates an instruction.
NOINLINE int32_t dual_dot(const int8_t* a, const int8_t* b, uint32_t count) {
  int32_t sum = 0;
  for (uint32_t i = 0; i < count; i += 4) {
    uint32_t x;
    uint32_t y;
    uint32_t even;
    uint32_t odd;
    __asm__ volatile(
        "ldr %[x], [%[a]], #4\n\t"
        "ldr %[y], [%[b]], #4\n\t"
        "sxtb16 %[even], %[x]\n\t"
        "sxtb16 %[x], %[x], ror #8\n\t"
        "sxtb16 %[odd], %[y]\n\t"
        "sxtb16 %[y], %[y], ror #8\n\t"
        "smlad %[sum], %[even], %[odd], %[sum]\n\t"
        "smlad %[sum], %[x], %[y], %[sum]"
        : [sum] "+r"(sum), [a] "+r"(a), [b] "+r"(b), [x] "=&r"(x), [y] "=&r"(y), [even] "=&r"(even),
          [odd] "=&r"(odd));
  }
  return sum;
}

NOINLINE void compute_dual_forever() {
  for (;;)
    for (uint32_t row = 0; row < 64; ++row)
      results[0] = results[0] + dual_dot(weights + 512 * row, activations, 512);
}

NOINLINE void dsp() {
  uint32_t sum = 5;
  __asm__ volatile("smlad %0, %1, %2, %0" : "+r"(sum) : "r"(0x00020003), "r"(0x00040005));
  results[0] = sum;  // 5 + 2 * 4 + 3 * 5
}
#endif

}  // extern "C"
