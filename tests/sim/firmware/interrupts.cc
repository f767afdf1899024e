// Interrupts as bare-metal firmware uses them: SysTick that wakes the core, a pending service call
// that is chained behind it, a nested interrupt, and floating-point state that survives.
#include <stdint.h>

namespace {

template <typename T>
volatile T& at(uint32_t address) {
  return *reinterpret_cast<volatile T*>(address);
}

constexpr uint32_t kSystickControl = 0xE000E010;
constexpr uint32_t kSystickReload = 0xE000E014;
constexpr uint32_t kSystickValue = 0xE000E018;
constexpr uint32_t kInterruptControl = 0xE000ED04;
constexpr uint32_t kPriorities3 = 0xE000ED20;  // PendSV in bits 16 to 23, SysTick in 24 to 31
constexpr uint32_t kEnableInterrupt = 0xE000E100;
constexpr uint32_t kPendInterrupt = 0xE000E200;
constexpr uint32_t kCycleCount = 0xE0001004;
constexpr uint32_t kPendSv = 1u << 28;

}  // namespace

extern "C" {

volatile uint32_t tick_times[32];
volatile uint32_t ticks;
volatile uint32_t sequence[16];  // who ran, in order
volatile uint32_t sequence_length;
volatile float float_results[2];

// The start-up code clears nothing.
static void begin() {
  ticks = 0;
  sequence_length = 0;
  float_results[1] = 0;
#ifdef __ARM_FP
  at<uint32_t>(0xE000ED88) = 0xFu << 20;  // interrupt_handler uses the unit
  __asm__ volatile("dsb\n\tisb" ::: "memory");
#endif
}

void note(uint32_t who) {
  sequence[sequence_length] = who;
  sequence_length = sequence_length + 1;
}

void systick_handler() {
  tick_times[ticks] = at<uint32_t>(kCycleCount);
  ticks = ticks + 1;
}

void pendsv_handler() {
  note(14);
}

void svc_handler() {
  note(11);
  at<uint32_t>(kInterruptControl) = kPendSv;  // of lower priority: waits until this returns
  at<uint32_t>(kPendInterrupt) = 1;           // of higher priority: runs at once
  note(12);
}

void interrupt_handler() {
  note(16);
#ifdef __ARM_FP
  float_results[1] = float_results[1] + 1.5f;  // uses registers that the program uses too
#endif
}

static void start_systick(uint32_t period) {
  begin();
  at<uint32_t>(0xE000EDFC) = 1u << 24;
  at<uint32_t>(0xE0001000) = 1;
  at<uint32_t>(kSystickReload) = period - 1;
  at<uint32_t>(kSystickValue) = 0;
  at<uint32_t>(kSystickControl) = 7;
}

void sleep_through_ticks() {
  start_systick(1000);
  while (ticks < 10) __asm__ volatile("wfi");
  at<uint32_t>(kSystickControl) = 0;
}

void sleep_behind_a_mask() {
  at<uint8_t>(kPriorities3 + 3) = 0xC0;
  __asm__ volatile("msr basepri, %0" ::"r"(0x80));
  start_systick(100);
  for (;;) __asm__ volatile("wfi");
}

void work_through_ticks() {
  start_systick(1000);
  while (ticks < 10) {
  }
  at<uint32_t>(kSystickControl) = 0;
}

void service_call_and_nesting() {
  begin();
  at<uint32_t>(kPriorities3) = 0xF0u << 16;
  at<uint8_t>(0xE000ED1F) = 0x80;  // SVCall
  at<uint8_t>(0xE000E400) = 0x40;  // interrupt 0
  at<uint32_t>(kEnableInterrupt) = 1;
  note(1);
  __asm__ volatile("svc #0" ::: "memory");
  note(2);
}

void masked_interrupt() {
  begin();
  at<uint32_t>(kEnableInterrupt) = 1;
  __asm__ volatile("cpsid i" ::: "memory");
  at<uint32_t>(kPendInterrupt) = 1;
  note(1);
  __asm__ volatile("cpsie i" ::: "memory");
  note(2);
}

// Escalates to HardFault, for which the vector table has no handler.
void call_while_masked() {
  __asm__ volatile("cpsid i\n\tsvc #0" ::: "memory");
}

#ifdef __ARM_FP
void float_state_survives() {
  begin();
  at<uint32_t>(kEnableInterrupt) = 1;
  float value;
  __asm__ volatile(
      "vmov.f32 s0, #2.0\n\t"
      "vmov.f32 s15, #3.0\n\t"
      "str %1, [%2]\n\t"
      "nop\n\t"
      "vmul.f32 %0, s0, s15"
      : "=t"(value)
      : "r"(1), "r"(kPendInterrupt)
      : "memory", "s0", "s15");
  float_results[0] = value;
}
#endif

}  // extern "C"
