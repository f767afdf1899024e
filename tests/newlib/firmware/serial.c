// Bare metal on an STM32L4 with newlib's printf: own start-up, clock set to 80 MHz by the PLL, the
// console retargeted to USART2. Registers as in ST's RM0351.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define REGISTER(address) (*(volatile uint32_t*)(address))
#define RCC_CR REGISTER(0x40021000u)
#define RCC_CFGR REGISTER(0x40021008u)
#define RCC_PLLCFGR REGISTER(0x4002100Cu)
#define RCC_AHB2ENR REGISTER(0x4002104Cu)
#define RCC_APB1ENR1 REGISTER(0x40021058u)
#define PWR_CR1 REGISTER(0x40007000u)
#define PWR_SR2 REGISTER(0x40007014u)
#define FLASH_ACR REGISTER(0x40022000u)
#define GPIOA_MODER REGISTER(0x48000000u)
#define GPIOA_AFRL REGISTER(0x48000020u)
#define USART2_CR1 REGISTER(0x40004400u)
#define USART2_BRR REGISTER(0x4000440Cu)
#define USART2_ISR REGISTER(0x4000441Cu)
#define USART2_TDR REGISTER(0x40004428u)
#define SCB_CPACR REGISTER(0xE000ED88u)

extern uint32_t data_load[], data_start[], data_end[], bss_start[], bss_end[], stack_top[];
int main(void);

static void start_clocks(void) {
  RCC_APB1ENR1 |= 1u << 28;  // PWR
  PWR_CR1 = (PWR_CR1 & ~(3u << 9)) | 1u << 9;
  while (PWR_SR2 & 1u << 10) {
  }
  FLASH_ACR = 7u << 8 | 4u;
  while ((FLASH_ACR & 7u) != 4u) {
  }
  RCC_CR |= 1u << 8;  // HSI16
  while (!(RCC_CR & 1u << 10)) {
  }
  RCC_PLLCFGR = 1u << 24 | 10u << 8 | 2u;  // 16 MHz * 10 / 2
  RCC_CR |= 1u << 24;
  while (!(RCC_CR & 1u << 25)) {
  }
  RCC_CFGR |= 3u;
  while ((RCC_CFGR >> 2 & 3u) != 3u) {
  }
}

static void start_serial(void) {
  RCC_AHB2ENR |= 1u;
  RCC_APB1ENR1 |= 1u << 17;
  GPIOA_MODER = (GPIOA_MODER & ~(3u << 4)) | 2u << 4;
  GPIOA_AFRL |= 7u << 8;  // PA2: USART2_TX
  USART2_BRR = 80000000u / 115200u;
  USART2_CR1 = 1u << 3 | 1u;
  while (!(USART2_ISR & 1u << 21)) {
  }
}

int _write(int file, const char* text, int length) {
  (void)file;
  for (int i = 0; i < length; ++i) {
    while (!(USART2_ISR & 1u << 7)) {
    }
    USART2_TDR = (uint8_t)text[i];
  }
  while (!(USART2_ISR & 1u << 6)) {
  }
  return length;
}

__attribute__((noreturn)) void reset(void) {
  SCB_CPACR |= 0xFu << 20;
  __asm__ volatile("dsb\n\tisb");
  for (uint32_t *to = data_start, *from = data_load; to != data_end;) *to++ = *from++;
  for (uint32_t* to = bss_start; to != bss_end;) *to++ = 0;
  start_clocks();
  start_serial();
  main();
  for (;;) __asm__ volatile("cpsid i\n\twfi");
}

__attribute__((section(".vectors"), used)) static const uintptr_t vectors[16] = {
    (uintptr_t)stack_top, (uintptr_t)reset};

static volatile float scale = 1.5f;
static char greeting[] = "initialised";

int main(void) {
  char* copy = malloc(100);
  if (!copy) return 1;
  snprintf(copy, 100, "%s data, %.3f", greeting, (double)(scale * 2.0f));
  printf("serial: %s\n", copy);
  for (int i = 0; i < 3; ++i) printf("line %d of %c\n", i, 'a' + i);
  fflush(stdout);
  free(copy);
  return 0;
}
