#include "sim/soc/peripherals/family.h"

namespace thimble::sim {
namespace {

constexpr RegisterRule reset(uint32_t address, uint32_t value) {
  return {RegisterRule::Kind::kReset, address, value};
}
constexpr RegisterRule ones(uint32_t address, uint32_t mask) {
  return {RegisterRule::Kind::kOnes, address, mask};
}
constexpr RegisterRule zeros(uint32_t address, uint32_t mask) {
  return {RegisterRule::Kind::kZeros, address, mask};
}
// Bits `to` and up of a register read as bits `from` and up of another; `width` of them.
constexpr RegisterRule follow(uint32_t address, uint8_t to, uint32_t other, uint8_t from,
                              uint32_t width = 1) {
  return {RegisterRule::Kind::kFollow, address, (1u << width) - 1, to, other, from};
}
constexpr RegisterRule task(uint32_t address, uint32_t other, uint32_t set, uint32_t clear = 0) {
  return {RegisterRule::Kind::kTask, address, set, 0, other, 0, clear};
}

// ST RM0351 (L4) and RM0432 (L4+): RCC, PWR and FLASH registers.
constexpr RegisterRule kStm32L4Rules[] = {
    reset(0x40021000, 0x00000063),            // RCC_CR: MSI at 4 MHz
    follow(0x40021000, 1, 0x40021000, 0),     // MSIRDY
    follow(0x40021000, 10, 0x40021000, 8),    // HSIRDY
    follow(0x40021000, 17, 0x40021000, 16),   // HSERDY
    follow(0x40021000, 25, 0x40021000, 24),   // PLLRDY
    follow(0x40021000, 27, 0x40021000, 26),   // PLLSAI1RDY
    follow(0x40021000, 29, 0x40021000, 28),   // PLLSAI2RDY
    follow(0x40021008, 2, 0x40021008, 0, 2),  // RCC_CFGR: SWS
    follow(0x40021090, 1, 0x40021090, 0),     // RCC_BDCR: LSERDY
    reset(0x40021094, 0x0C000600),            // RCC_CSR
    follow(0x40021094, 1, 0x40021094, 0),     // LSIRDY
    follow(0x40021098, 1, 0x40021098, 0),     // RCC_CRRCR: HSI48RDY
    reset(0x40007000, 0x00000200),            // PWR_CR1: range 1
    zeros(0x40007014, 0x00000600),            // PWR_SR2: VOSF, REGLPF
    ones(0x40007014, 0x00000100),             // REGLPS
    reset(0x40007080, 0x00000100),            // PWR_CR5: R1MODE (L4+)
    reset(0x40022000, 0x00000600),            // FLASH_ACR
    zeros(0x40022010, 0x00010000),            // FLASH_SR: BSY
};
constexpr UartPlace kStm32L4Uarts[] = {
    {UartKind::kStm32Transmit, 0x40013800, 37}, {UartKind::kStm32Transmit, 0x40004400, 38},
    {UartKind::kStm32Transmit, 0x40004800, 39}, {UartKind::kStm32Transmit, 0x40004C00, 52},
    {UartKind::kStm32Transmit, 0x40005000, 53}, {UartKind::kStm32Transmit, 0x40008000, 70},
};

// ST RM0386 (F469); RM0090 has the same addresses.
constexpr RegisterRule kStm32F4Rules[] = {
    reset(0x40023800, 0x00000083),              // RCC_CR: HSI
    reset(0x40023804, 0x24003010),              // RCC_PLLCFGR
    follow(0x40023800, 1, 0x40023800, 0),       // HSIRDY
    follow(0x40023800, 17, 0x40023800, 16),     // HSERDY
    follow(0x40023800, 25, 0x40023800, 24),     // PLLRDY
    follow(0x40023800, 27, 0x40023800, 26),     // PLLI2SRDY
    follow(0x40023800, 29, 0x40023800, 28),     // PLLSAIRDY
    follow(0x40023808, 2, 0x40023808, 0, 2),    // RCC_CFGR: SWS
    follow(0x40023870, 1, 0x40023870, 0),       // RCC_BDCR: LSERDY
    reset(0x40023874, 0x0E000000),              // RCC_CSR
    follow(0x40023874, 1, 0x40023874, 0),       // LSIRDY
    reset(0x40007000, 0x0000C000),              // PWR_CR: VOS scale 1
    ones(0x40007004, 0x00004000),               // PWR_CSR: VOSRDY
    follow(0x40007004, 16, 0x40007000, 16, 2),  // ODRDY, ODSWRDY
    follow(0x40007004, 3, 0x40007004, 9),       // BRR
    zeros(0x40023C0C, 0x00010000),              // FLASH_SR: BSY
};
constexpr UartPlace kStm32F4Uarts[] = {
    {UartKind::kStm32Data, 0x40011000, 37}, {UartKind::kStm32Data, 0x40004400, 38},
    {UartKind::kStm32Data, 0x40004800, 39}, {UartKind::kStm32Data, 0x40004C00, 52},
    {UartKind::kStm32Data, 0x40005000, 53}, {UartKind::kStm32Data, 0x40011400, 71},
    {UartKind::kStm32Data, 0x40007800, 82}, {UartKind::kStm32Data, 0x40007C00, 83},
};

// ST RM0385 (F746) and RM0410 (F767): RCC, PWR and FLASH registers.
constexpr UartPlace kStm32F7Uarts[] = {
    {UartKind::kStm32Transmit, 0x40011000, 37}, {UartKind::kStm32Transmit, 0x40004400, 38},
    {UartKind::kStm32Transmit, 0x40004800, 39}, {UartKind::kStm32Transmit, 0x40004C00, 52},
    {UartKind::kStm32Transmit, 0x40005000, 53}, {UartKind::kStm32Transmit, 0x40011400, 71},
    {UartKind::kStm32Transmit, 0x40007800, 82}, {UartKind::kStm32Transmit, 0x40007C00, 83},
};

// ST RM0455 (H7A3, H7B0, H7B3): RCC, PWR and FLASH registers.
constexpr RegisterRule kStm32H7Rules[] = {
    reset(0x58024400, 0x0000C025),            // RCC_CR: HSI; the core's and its bus's clocks ready
    follow(0x58024400, 2, 0x58024400, 0),     // HSIRDY
    follow(0x58024400, 8, 0x58024400, 7),     // CSIRDY
    follow(0x58024400, 13, 0x58024400, 12),   // HSI48RDY
    ones(0x58024400, 0x0000C020),             // CPUCKRDY, CDCKRDY, HSIDIVF
    follow(0x58024400, 17, 0x58024400, 16),   // HSERDY
    follow(0x58024400, 25, 0x58024400, 24),   // PLL1RDY
    follow(0x58024400, 27, 0x58024400, 26),   // PLL2RDY
    follow(0x58024400, 29, 0x58024400, 28),   // PLL3RDY
    follow(0x58024410, 3, 0x58024410, 0, 3),  // RCC_CFGR: SWS
    follow(0x58024470, 1, 0x58024470, 0),     // RCC_BDCR: LSERDY
    follow(0x58024474, 1, 0x58024474, 0),     // RCC_CSR: LSIRDY
    ones(0x58024804, 0x00002000),             // PWR_CSR1: ACTVOSRDY
    follow(0x58024804, 14, 0x58024818, 14, 2),  // ACTVOS
    reset(0x5802480C, 0x00000006),              // PWR_CR3: LDO and SMPS
    ones(0x58024818, 0x00002000),               // PWR_SRDCR: VOSRDY
    reset(0x52002000, 0x00000013),              // FLASH_ACR
    zeros(0x52002010, 0x00000007),              // FLASH_SR1: BSY, WBNE, QW
    zeros(0x52002110, 0x00000007),              // FLASH_SR2
};
constexpr UartPlace kStm32H7Uarts[] = {
    {UartKind::kStm32Transmit, 0x40011000, 37},  {UartKind::kStm32Transmit, 0x40004400, 38},
    {UartKind::kStm32Transmit, 0x40004800, 39},  {UartKind::kStm32Transmit, 0x40004C00, 52},
    {UartKind::kStm32Transmit, 0x40005000, 53},  {UartKind::kStm32Transmit, 0x40011400, 71},
    {UartKind::kStm32Transmit, 0x40007800, 82},  {UartKind::kStm32Transmit, 0x40007C00, 83},
    {UartKind::kStm32Transmit, 0x40011800, 140}, {UartKind::kStm32Transmit, 0x40011C00, 141},
    {UartKind::kStm32Transmit, 0x58000C00, 142},
};

// ST RM0456 (U5): RCC, PWR and FLASH registers.
constexpr RegisterRule kStm32U5Rules[] = {
    reset(0x46020C00, 0x00000035),              // RCC_CR: MSIS and MSIK at 4 MHz
    follow(0x46020C00, 2, 0x46020C00, 0),       // MSISRDY
    follow(0x46020C00, 5, 0x46020C00, 4),       // MSIKRDY
    follow(0x46020C00, 10, 0x46020C00, 8),      // HSIRDY
    follow(0x46020C00, 13, 0x46020C00, 12),     // HSI48RDY
    follow(0x46020C00, 15, 0x46020C00, 14),     // SHSIRDY
    follow(0x46020C00, 17, 0x46020C00, 16),     // HSERDY
    follow(0x46020C00, 25, 0x46020C00, 24),     // PLL1RDY
    follow(0x46020C00, 27, 0x46020C00, 26),     // PLL2RDY
    follow(0x46020C00, 29, 0x46020C00, 28),     // PLL3RDY
    follow(0x46020C1C, 2, 0x46020C1C, 0, 2),    // RCC_CFGR1: SWS
    follow(0x46020CF0, 1, 0x46020CF0, 0),       // RCC_BDCR: LSERDY
    follow(0x46020CF0, 11, 0x46020CF0, 7),      // LSESYSRDY
    follow(0x46020CF0, 27, 0x46020CF0, 26),     // LSIRDY
    ones(0x4602080C, 0x00008000),               // PWR_VOSR: VOSRDY
    follow(0x4602080C, 14, 0x4602080C, 18),     // BOOSTRDY
    ones(0x4602083C, 0x00008000),               // PWR_SVMSR: ACTVOSRDY
    follow(0x4602083C, 16, 0x4602080C, 16, 2),  // ACTVOS
    follow(0x4602083C, 1, 0x46020808, 1),       // REGS as PWR_CR3.REGSEL
    zeros(0x40022020, 0x00030000),              // FLASH_NSSR: BSY, WDW
    zeros(0x40022024, 0x00030000),              // FLASH_SECSR
    reset(0x40030400, 0x00000004),              // ICACHE_CR: two ways
    zeros(0x40030400, 0x00000002),              // CACHEINV
    zeros(0x40030404, 0x00000001),              // ICACHE_SR: BUSYF
    ones(0x40030404, 0x00000002),               // BSYENDF
};
constexpr UartPlace kStm32U5Uarts[] = {
    {UartKind::kStm32Transmit, 0x40013800, 61}, {UartKind::kStm32Transmit, 0x40004400, 62},
    {UartKind::kStm32Transmit, 0x40004800, 63}, {UartKind::kStm32Transmit, 0x40004C00, 64},
    {UartKind::kStm32Transmit, 0x40005000, 65}, {UartKind::kStm32Transmit, 0x46002400, 66},
};

// ST RM0444 (G0x1): RCC, PWR and FLASH registers.
constexpr RegisterRule kStm32G0Rules[] = {
    reset(0x40021000, 0x00000500),            // RCC_CR: HSI
    follow(0x40021000, 10, 0x40021000, 8),    // HSIRDY
    follow(0x40021000, 17, 0x40021000, 16),   // HSERDY
    follow(0x40021000, 23, 0x40021000, 22),   // HSI48RDY
    follow(0x40021000, 25, 0x40021000, 24),   // PLLRDY
    follow(0x40021008, 3, 0x40021008, 0, 3),  // RCC_CFGR: SWS
    follow(0x4002105C, 1, 0x4002105C, 0),     // RCC_BDCR: LSERDY
    follow(0x40021060, 1, 0x40021060, 0),     // RCC_CSR: LSIRDY
    reset(0x40007000, 0x00000208),            // PWR_CR1: range 1
    zeros(0x40007014, 0x00000600),            // PWR_SR2: VOSF, REGLPF
    ones(0x40007014, 0x00000180),             // REGLPS, FLASH_RDY
    reset(0x40022000, 0x00040600),            // FLASH_ACR
    zeros(0x40022010, 0x00070000),            // FLASH_SR: BSY1, BSY2, CFGBSY
};
constexpr UartPlace kStm32G0Uarts[] = {
    {UartKind::kStm32Transmit, 0x40013800, 27}, {UartKind::kStm32Transmit, 0x40004400, 28},
    {UartKind::kStm32Transmit, 0x40004800, 29}, {UartKind::kStm32Transmit, 0x40004C00, 29},
    {UartKind::kStm32Transmit, 0x40005000, 29}, {UartKind::kStm32Transmit, 0x40013C00, 29},
    {UartKind::kStm32Transmit, 0x40008000, 29}, {UartKind::kStm32Transmit, 0x40008400, 28},
};

// Nordic nRF52840 Product Specification: CLOCK, NVMC.
constexpr RegisterRule kNrf52Rules[] = {
    task(0x40000000, 0x40000100, 1),           // HFCLKSTART: EVENTS_HFCLKSTARTED
    task(0x40000000, 0x40000408, 1),           // HFCLKRUN
    task(0x40000000, 0x4000040C, 0x00010001),  // HFCLKSTAT: running from the crystal
    task(0x40000004, 0x4000040C, 0, 0x00010001),
    task(0x40000004, 0x40000408, 0, 1),
    task(0x40000008, 0x40000104, 1),           // LFCLKSTART: EVENTS_LFCLKSTARTED
    task(0x40000008, 0x40000414, 1),           // LFCLKRUN
    task(0x40000008, 0x40000418, 0x00010000),  // LFCLKSTAT: running
    follow(0x40000418, 0, 0x40000518, 0, 2),   // from LFCLKSRC
    task(0x4000000C, 0x40000418, 0, 0x00010000),
    task(0x4000000C, 0x40000414, 0, 1),
    task(0x40000010, 0x4000010C, 1),  // CAL: EVENTS_DONE
    ones(0x4001E400, 1),              // NVMC READY
    ones(0x4001E408, 1),              // READYNEXT
};
constexpr UartPlace kNrf52Uarts[] = {{UartKind::kNordic, 0x40002000, 2},
                                     {UartKind::kNordic, 0x40028000, 40}};
constexpr AddressRange kNrf52Settings[] = {{0x10000000, 0x2000}};  // FICR, UICR

// Nordic nRF5340 Product Specification, application core: CLOCK, NVMC.
constexpr RegisterRule kNrf53Rules[] = {
    task(0x40005000, 0x40005100, 1),
    task(0x40005000, 0x40005408, 1),
    task(0x40005000, 0x4000540C, 0x00010001),
    task(0x40005004, 0x4000540C, 0, 0x00010001),
    task(0x40005004, 0x40005408, 0, 1),
    task(0x40005008, 0x40005104, 1),
    task(0x40005008, 0x40005414, 1),
    task(0x40005008, 0x40005418, 0x00010000),
    follow(0x40005418, 0, 0x40005518, 0, 2),
    task(0x4000500C, 0x40005418, 0, 0x00010000),
    task(0x4000500C, 0x40005414, 0, 1),
    reset(0x40005518, 1),                      // LFCLKSRC: RC oscillator
    task(0x40005010, 0x4000511C, 1),           // CAL: EVENTS_DONE
    task(0x40005018, 0x40005120, 1),           // HFCLKAUDIOSTART: EVENTS_HFCLKAUDIOSTARTED
    task(0x40005018, 0x40005450, 1),           // HFCLKAUDIORUN
    task(0x40005018, 0x40005454, 0x00010000),  // HFCLKAUDIOSTAT
    task(0x4000501C, 0x40005454, 0, 0x00010000),
    task(0x4000501C, 0x40005450, 0, 1),
    task(0x40005020, 0x40005124, 1),           // HFCLK192MSTART: EVENTS_HFCLK192MSTARTED
    task(0x40005020, 0x40005458, 1),           // HFCLK192MRUN
    task(0x40005020, 0x4000545C, 0x00010000),  // HFCLK192MSTAT
    task(0x40005024, 0x4000545C, 0, 0x00010000),
    task(0x40005024, 0x40005458, 0, 1),
    reset(0x40005558, 1),  // HFCLKCTRL: 64 MHz
    ones(0x40039400, 1),   // NVMC READY
    ones(0x40039408, 1),   // READYNEXT
};
constexpr UartPlace kNrf53Uarts[] = {
    {UartKind::kNordic, 0x40008000, 8},
    {UartKind::kNordic, 0x40009000, 9},
    {UartKind::kNordic, 0x4000B000, 11},
    {UartKind::kNordic, 0x4000C000, 12},
};
constexpr AddressRange kNrf53Settings[] = {{0x00FF0000, 0x1000}, {0x00FF8000, 0x1000}};

// Timers 2 to 7, at the same addresses in all of these: ST RM0432, RM0386, RM0385, RM0455.
constexpr uint32_t kHalfWord = 0xFFFF, kWord = 0xFFFFFFFF;
constexpr TimerPlace kStm32Timers[] = {
    {0x40000000, 28, kWord}, {0x40000400, 29, kHalfWord}, {0x40000800, 30, kHalfWord},
    {0x40000C00, 50, kWord}, {0x40001000, 54, kHalfWord}, {0x40001400, 55, kHalfWord},
};
// ST RM0456.
constexpr TimerPlace kStm32U5Timers[] = {
    {0x40000000, 45, kWord}, {0x40000400, 46, kWord},     {0x40000800, 47, kWord},
    {0x40000C00, 48, kWord}, {0x40001000, 49, kHalfWord}, {0x40001400, 50, kHalfWord},
};
// ST RM0444.
constexpr TimerPlace kStm32G0Timers[] = {
    {0x40000000, 15, kWord},     {0x40000400, 16, kHalfWord}, {0x40000800, 16, kHalfWord},
    {0x40001000, 17, kHalfWord}, {0x40001400, 18, kHalfWord},
};

constexpr uint32_t kPrefetch = 1u << 8;
constexpr uint32_t kInstructionCache = 1u << 9;
constexpr uint32_t kDataCache = 1u << 10;

constexpr Family kFamilies[] = {
    {.name = "generic", .priority_bits = 4},
    {.name = "stm32l4",
     .priority_bits = 4,
     .rules = kStm32L4Rules,
     .uarts = kStm32L4Uarts,
     .timers = kStm32Timers,
     .timer_bus = {0x40021008, 8},
     .gpio = {GpioKind::kStm32, 0x48000000, 0x400, 9},
     .flash = {0x40022000, 0xF, kPrefetch, kInstructionCache, kDataCache}},
    {.name = "stm32f4",
     .priority_bits = 4,
     .rules = kStm32F4Rules,
     .uarts = kStm32F4Uarts,
     .timers = kStm32Timers,
     .timer_bus = {0x40023808, 10},
     .gpio = {GpioKind::kStm32, 0x40020000, 0x400, 11},
     .flash = {0x40023C00, 0xF, kPrefetch, kInstructionCache, kDataCache}},
    {.name = "stm32f7",
     .priority_bits = 4,
     .rules = kStm32F4Rules,
     .uarts = kStm32F7Uarts,
     .timers = kStm32Timers,
     .timer_bus = {0x40023808, 10},
     .gpio = {GpioKind::kStm32, 0x40020000, 0x400, 11},
     // ARTEN switches the one accelerator of the ITCM port, for instructions and data.
     // ART and prefetch serve the ITCM path only; code and constants come over AXI.
     .flash = {0x40023C00, 0xF, 0, 0, 0}},
    {.name = "stm32h7",
     .priority_bits = 4,
     .rules = kStm32H7Rules,
     .uarts = kStm32H7Uarts,
     .timers = kStm32Timers,
     .timer_bus = {0x5802441C, 4},
     .gpio = {GpioKind::kStm32, 0x58020000, 0x400, 11},
     .flash = {0x52002000, 0xF, 0, 0, 0}},
    {.name = "stm32u5",
     .priority_bits = 4,
     .secure_alias = true,
     .rules = kStm32U5Rules,
     .uarts = kStm32U5Uarts,
     .timers = kStm32U5Timers,
     .timer_bus = {0x46020C20, 4},
     .gpio = {GpioKind::kStm32, 0x42020000, 0x400, 10},
     .flash = {0x40022000, 0xF, kPrefetch, 0, 0}},
    {.name = "stm32g0",
     .priority_bits = 2,
     .rules = kStm32G0Rules,
     .uarts = kStm32G0Uarts,
     .timers = kStm32G0Timers,
     .timer_bus = {0x40021008, 12},
     .gpio = {GpioKind::kStm32, 0x50000000, 0x400, 6},
     .flash = {0x40022000, 0x7, kPrefetch, kInstructionCache, 0}},
    {.name = "nrf52",
     .priority_bits = 3,
     .rules = kNrf52Rules,
     .uarts = kNrf52Uarts,
     .gpio = {GpioKind::kNordic, 0x50000500, 0x300, 2},
     .flash = {0x4001E540, 0, 0, 1, 1},
     .settings = kNrf52Settings},
    {.name = "nrf53",
     .priority_bits = 3,
     .secure_alias = true,
     .starts_secure = true,
     .rules = kNrf53Rules,
     .uarts = kNrf53Uarts,
     .gpio = {GpioKind::kNordic, 0x40842500, 0x300, 2},
     .flash = {0x40001500, 0, 0, 1, 1},
     .settings = kNrf53Settings},
};

}  // namespace

const Family& find_family(std::string_view name) {
  for (const Family& family : kFamilies)
    if (family.name == name) return family;
  return kFamilies[0];
}

}  // namespace thimble::sim
