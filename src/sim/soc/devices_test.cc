#include "sim/soc/devices.h"

#include <gtest/gtest.h>

#include <memory>

namespace thimble::sim {
namespace {

// A board's devices with a clock that the test sets.
struct Fixture {
  explicit Fixture(std::string_view board_name) {
    const board::Board board = board::load_board(board_name).value();
    const board::Core core = board::load_core(board.core).value();
    devices = std::make_unique<Devices>(board, core, [this] { return now; });
    devices->set_uart_sink([this](char byte) { sent += byte; });
  }
  uint32_t read(uint32_t address) { return devices->read(address, 4); }
  void write(uint32_t address, uint32_t value) { devices->write(address, 4, value); }
  void set(uint32_t address, uint32_t bits) { write(address, read(address) | bits); }

  uint64_t now = 0;
  std::string sent;
  std::unique_ptr<Devices> devices;
};

TEST(Devices, UnknownRegistersStoreAlsoByHalfwordsAndBytes) {
  Fixture f("cortex-m4-0ws");
  f.write(0x40001234, 0xA1B2C3D4);
  EXPECT_EQ(f.devices->read(0x40001236, 1), 0xB2u);
  f.devices->write(0x40001235, 1, 0x55);
  EXPECT_EQ(f.devices->read(0x40001234, 2), 0x55D4u);
  EXPECT_EQ(f.read(0x40001238), 0u);
}

TEST(Devices, CycleCounterRunsOnlyWithTraceAndItsOwnBit) {
  Fixture f("nucleo-l4r5zi");
  f.write(0xE0001FB0, 0xC5ACCE55);
  f.set(0xE0001000, 1);
  f.now = 100;
  EXPECT_EQ(f.read(0xE0001004), 0u);
  f.set(0xE000EDFC, 1u << 24);
  f.now = 150;
  EXPECT_EQ(f.read(0xE0001004), 50u);
  f.write(0xE0001004, 7);
  f.now = 160;
  EXPECT_EQ(f.read(0xE0001004), 17u);
  EXPECT_EQ(f.read(0xE0001008), 0u);
}

TEST(Devices, SysTickFiresAtItsCycleThroughTheControllerAndClearsByIcsr) {
  Fixture f("nucleo-l4r5zi");
  f.now = 10;
  f.write(0xE000E014, 999);
  f.write(0xE000E018, 0);
  f.write(0xE000E010, 7);
  EXPECT_EQ(f.devices->next_event_cycles(), 1010u);
  f.devices->advance(1009);
  CpuState cpu;
  EXPECT_FALSE(f.devices->wakes(cpu));
  f.devices->advance(1010);
  EXPECT_EQ(f.devices->nvic().take(cpu), uint32_t{kSysTickException});
  EXPECT_EQ(f.read(0xE000ED04) & 1u << 26, 1u << 26);
  f.now = 1010;
  f.write(0xE000ED04, 1u << 25);
  EXPECT_FALSE(f.devices->nvic().take(cpu));
  EXPECT_EQ(f.devices->next_event_cycles(), 2010u);
}

TEST(Devices, ClearingOneInterruptByByteLeavesTheOthers) {
  Fixture f("nucleo-l4r5zi");
  f.write(0xE000E100, 0xFFFF);
  f.devices->write(0xE000E180, 1, 0x01);
  EXPECT_EQ(f.read(0xE000E100), 0xFFFEu);
}

TEST(Devices, SystemControl) {
  Fixture f("nucleo-f767zi");
  EXPECT_EQ(f.read(0xE000ED00), 0x411FC271u);
  EXPECT_FALSE(f.devices->fpu_enabled());
  f.set(0xE000ED88, 0xF << 20);
  EXPECT_TRUE(f.devices->fpu_enabled());
  EXPECT_FALSE(f.devices->instruction_cache_enabled());
  f.set(0xE000ED14, 3u << 16);
  EXPECT_TRUE(f.devices->instruction_cache_enabled());
  EXPECT_TRUE(f.devices->data_cache_enabled());
  f.write(0xE000ED0C, 0x12340004);
  EXPECT_FALSE(f.devices->reset_requested());
  f.write(0xE000ED0C, 0x05FA0500);
  EXPECT_EQ(f.devices->nvic().priority_group(), 5u);
  f.write(0xE000ED0C, 0x05FA0004);
  EXPECT_TRUE(f.devices->reset_requested());
}

TEST(Devices, TracePortZeroIsText) {
  Fixture f("nucleo-l4r5zi");
  f.devices->write(0xE0000000, 1, 'x');
  f.set(0xE000EDFC, 1u << 24);
  f.write(0xE0000E80, 1);
  f.write(0xE0000E00, 1);
  EXPECT_EQ(f.read(0xE0000000), 1u);
  f.devices->write(0xE0000000, 1, 'o');
  f.devices->write(0xE0000000, 1, 'k');
  EXPECT_EQ(f.devices->trace_text(), "ok");
}

TEST(Devices, SendEventWakesOnce) {
  Fixture f("nucleo-l4r5zi");
  EXPECT_FALSE(f.devices->take_event());
  f.devices->set_event();
  EXPECT_TRUE(f.devices->take_event());
  EXPECT_FALSE(f.devices->take_event());
  f.set(0xE000ED10, 1u << 4);  // SEVONPEND: a disabled interrupt is enough
  f.write(0xE000E200, 1);
  EXPECT_TRUE(f.devices->take_event());
}

// What start-up code does in each family: set bits in one register, wait for bits of another.
struct Step {
  uint32_t set_address, set_bits, poll_address, poll_mask, poll_value;
};
struct StartUp {
  std::string_view board;
  std::vector<Step> steps;
};

TEST(Devices, StartUpLoopsOfEveryFamilyEnd) {
  const StartUp kStartUps[] = {
      {"nucleo-l4r5zi",
       {{0x40021000, 1u << 16, 0x40021000, 1u << 17, 1u << 17},
        {0x40021000, 1u << 24, 0x40021000, 1u << 25, 1u << 25},
        {0x40007000, 1u << 9, 0x40007014, 1u << 10, 0},
        {0x40022000, 5, 0x40022000, 0xF, 5},
        {0x40021008, 3, 0x40021008, 0xC, 0xC}}},
      {"disco-f469ni",
       {{0x40023800, 1u << 16, 0x40023800, 1u << 17, 1u << 17},
        {0x40007000, 1u << 16, 0x40007004, 1u << 16, 1u << 16},
        {0x40007000, 1u << 17, 0x40007004, 1u << 17, 1u << 17},
        {0x40007000, 3u << 14, 0x40007004, 1u << 14, 1u << 14},
        {0x40023800, 1u << 24, 0x40023800, 1u << 25, 1u << 25},
        {0x40023C00, 0x705, 0x40023C00, 0xF, 5},
        {0x40023808, 2, 0x40023808, 0xC, 0x8}}},
      {"nucleo-f767zi",
       {{0x40023800, 1u << 16, 0x40023800, 1u << 17, 1u << 17},
        {0x40007000, 1u << 16, 0x40007004, 1u << 16, 1u << 16},
        {0x40007000, 1u << 17, 0x40007004, 1u << 17, 1u << 17},
        {0x40023808, 2, 0x40023808, 0xC, 0x8}}},
      {"nucleo-h7a3zi",
       {{0x58024818, 3u << 14, 0x58024818, 1u << 13, 1u << 13},
        {0x58024818, 3u << 14, 0x58024804, 7u << 13, 7u << 13},
        {0x58024400, 1u << 16, 0x58024400, 1u << 17, 1u << 17},
        {0x58024400, 1u << 24, 0x58024400, 1u << 25, 1u << 25},
        {0x58024410, 3, 0x58024410, 7u << 3, 3u << 3}}},
      {"nucleo-u575zi",
       {{0x4602080C, 3u << 16 | 1u << 18, 0x4602080C, 3u << 14, 3u << 14},
        {0x4602080C, 3u << 16, 0x4602083C, 7u << 15, 7u << 15},
        {0x56020C00, 1u << 24, 0x46020C00, 1u << 25, 1u << 25},
        {0x46020C1C, 3, 0x46020C1C, 0xC, 0xC},
        {0x40030400, 1u << 1, 0x40030404, 1, 0}}},
      {"nucleo-g0b1re",
       {{0x40021000, 1u << 24, 0x40021000, 1u << 25, 1u << 25},
        {0x40021008, 2, 0x40021008, 7u << 3, 2u << 3},
        {0x40007000, 1u << 9, 0x40007014, 1u << 10, 0}}},
      {"nrf52840dk",
       {{0x40000000, 1, 0x40000100, 1, 1},
        {0x40000000, 1, 0x4000040C, 0x10001, 0x10001},
        {0x40000008, 1, 0x40000104, 1, 1},
        {0x4001E504, 1, 0x4001E400, 1, 1}}},
      {"nrf5340dk",
       {{0x50005000, 1, 0x50005100, 1, 1},
        {0x40005000, 1, 0x4000540C, 0x10001, 0x10001},
        {0x50005020, 1, 0x5000545C, 0x10000, 0x10000},
        {0x50005020, 1, 0x50005124, 1, 1},
        {0x50005010, 1, 0x5000511C, 1, 1},
        {0x50039504, 1, 0x50039400, 1, 1}}},
  };
  for (const StartUp& start : kStartUps) {
    Fixture f(start.board);
    for (const Step& step : start.steps) {
      f.set(step.set_address, step.set_bits);
      EXPECT_EQ(f.read(step.poll_address) & step.poll_mask, step.poll_value)
          << start.board << std::hex << " " << step.poll_address;
    }
  }
}

TEST(Devices, ReadyBitsGoAwayWithTheirClocks) {
  Fixture f("nucleo-l4r5zi");
  EXPECT_EQ(f.read(0x40021000), 0x63u);
  f.write(0x40021000, 1u << 24);
  EXPECT_EQ(f.read(0x40021000), 3u << 24);
  f.write(0x40021000, 0);
  EXPECT_EQ(f.read(0x40021000), 0u);
}

TEST(Devices, FlashAcceleratorFollowsItsRegister) {
  Fixture f("nucleo-l4r5zi");
  f.write(0x40022000, 0x505);
  const FlashAccelerator set = f.devices->flash_accelerator().value();
  EXPECT_EQ(set.wait_states, 5u);
  EXPECT_TRUE(set.prefetch);
  EXPECT_FALSE(set.instruction_cache);
  EXPECT_TRUE(set.data_cache);
  EXPECT_FALSE(Fixture("cortex-m4-0ws").devices->flash_accelerator());
}

TEST(Devices, PinsGiveEdgesWithTheirCycle) {
  Fixture f("nucleo-l4r5zi");
  f.now = 11;
  f.write(0x48000418, 1u << 5);  // set PB5
  f.write(0x48000418, 1u << 5);  // again: no edge
  f.now = 12;
  EXPECT_EQ(f.read(0x48000414), 1u << 5);
  f.write(0x48000418, 1u << 21);  // reset PB5
  f.write(0x48000414, 1u << 0);   // ODR
  f.write(0x48000428, 1u << 0);   // BRR
  const auto& edges = f.devices->pin_edges();
  ASSERT_EQ(edges.size(), 4u);
  EXPECT_EQ(edges[0].cycles, 11u);
  EXPECT_EQ(edges[0].pin, 21u);
  EXPECT_TRUE(edges[0].high);
  EXPECT_EQ(edges[1].cycles, 12u);
  EXPECT_FALSE(edges[1].high);
  EXPECT_EQ(edges[3].pin, 16u);
  EXPECT_FALSE(edges[3].high);
}

TEST(Devices, NordicPins) {
  Fixture f("nrf52840dk");
  f.write(0x50000508, 1u << 13);  // P0.13
  f.write(0x50000808, 1u << 2);   // P1.2
  f.write(0x5000050C, 1u << 13);
  const auto& edges = f.devices->pin_edges();
  ASSERT_EQ(edges.size(), 3u);
  EXPECT_EQ(edges[0].pin, 13u);
  EXPECT_EQ(edges[1].pin, 34u);
  EXPECT_FALSE(edges[2].high);
  Fixture secure("nrf5340dk");
  secure.write(0x50842508, 1u << 28);
  secure.write(0x4084250C, 1u << 28);
  EXPECT_EQ(secure.devices->pin_edges().size(), 2u);
}

TEST(Devices, SerialPortsOfStm32SendAndReceive) {
  Fixture f("nucleo-l4r5zi");
  f.write(0x40008028, 'x');  // not enabled
  EXPECT_EQ(f.sent, "");
  f.devices->push_uart_input("ab");  // waits for a port that listens
  f.write(0x40008000, 0xD | 1u << 5);
  f.devices->write(0x40008028, 1, 'h');
  f.devices->write(0x40008028, 2, 'i');
  EXPECT_EQ(f.sent, "hi");
  EXPECT_EQ(f.read(0x4000801C) & 0xE0, 0xE0u);
  f.write(0xE000E108, 1u << 6);  // interrupt 70
  CpuState cpu;
  EXPECT_EQ(f.devices->nvic().take(cpu), 86u);
  f.devices->nvic().activate(86);
  EXPECT_EQ(f.read(0x40008024), uint32_t{'a'});
  EXPECT_EQ(f.devices->read(0x40008024, 1), uint32_t{'b'});
  EXPECT_EQ(f.read(0x4000801C) & 0x20, 0u);
  f.devices->nvic().deactivate(86);
  EXPECT_FALSE(f.devices->nvic().take(cpu));
}

TEST(Devices, SerialPortWithOneDataRegister) {
  Fixture f("disco-f469ni");
  f.write(0x4001100C, 0x200C);
  f.devices->push_uart_input("q");
  f.devices->write(0x40011004, 1, '!');
  EXPECT_EQ(f.sent, "!");
  EXPECT_EQ(f.read(0x40011000), 0xE0u);
  EXPECT_EQ(f.read(0x40011004), uint32_t{'q'});
}

TEST(Devices, NordicSerialPortMovesMemory) {
  Fixture f("nrf52840dk");
  std::vector<std::byte> ram(64);
  f.devices->set_memory([&](uint32_t address, uint32_t bytes) -> std::span<std::byte> {
    const uint32_t offset = address - 0x20000000;
    if (offset > ram.size() || bytes > ram.size() - offset) return {};
    return std::span(ram).subspan(offset, bytes);
  });
  ram[4] = std::byte{'y'};
  ram[5] = std::byte{'o'};
  f.write(0x40002500, 8);
  f.write(0x40002544, 0x20000004);
  f.write(0x40002548, 2);
  f.write(0x40002008, 1);
  EXPECT_EQ(f.sent, "yo");
  EXPECT_EQ(f.read(0x40002120), 1u);
  f.write(0x40002534, 0x20000010);
  f.write(0x40002538, 2);
  f.write(0x40002304, 1u << 4);  // ENDRX
  f.write(0xE000E100, 1u << 2);
  f.write(0x40002000, 1);
  f.devices->push_uart_input("z");
  EXPECT_FALSE(f.devices->nvic().anything_pending());
  f.devices->push_uart_input("w");
  EXPECT_EQ(f.read(0x40002110), 1u);
  EXPECT_EQ(ram[16], std::byte{'z'});
  EXPECT_EQ(ram[17], std::byte{'w'});
  EXPECT_TRUE(f.devices->nvic().pending(18));
  // A pointer into nowhere sends nothing.
  f.write(0x40002544, 0x30000000);
  f.write(0x40002008, 1);
  EXPECT_EQ(f.sent, "yo");
}

TEST(Devices, FactorySettingsReadAsErased) {
  Fixture f("nrf52840dk");
  EXPECT_EQ(f.devices->ranges().size(), 3u);
  EXPECT_EQ(f.read(0x10000100), 0xFFFFFFFFu);
}

}  // namespace
}  // namespace thimble::sim
