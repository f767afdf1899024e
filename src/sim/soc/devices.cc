#include "sim/soc/devices.h"

#include <algorithm>

namespace thimble::sim {
namespace {

// Armv7-M Architecture Reference Manual (DDI 0403E), section C1.6.
constexpr uint32_t kDebugExceptionControl = 0xE000EDFC;
constexpr uint32_t kTraceEnable = 1u << 24;
// ICTR: how many interrupts there are, in groups of 32.
constexpr uint32_t kInterruptControllerType = 0xE000E004;
constexpr uint32_t kInterruptGroups = (Nvic::kExceptions - kFirstInterrupt + 31) / 32;
// All the registers of the processor itself lie from here on.
constexpr uint32_t kSystemBase = 0xE0000000;
constexpr uint32_t kSecureBit = 1u << 28;
constexpr uint32_t kErased = 0xFFFFFFFF;

bool is_systick(uint32_t address) {
  return address >= SysTick::kControl && address <= SysTick::kCalibration;
}
bool is_nvic(uint32_t address) {
  return address >= Nvic::kBase && address < Nvic::kEnd;
}
bool is_system_control(uint32_t address) {
  return address >= SystemControl::kBase && address < SystemControl::kEnd;
}
bool is_itm(uint32_t address) {
  return address >= Itm::kBase && address < Itm::kEnd;
}

}  // namespace

Devices::Devices(const board::Board& board, const board::Core& core, std::function<uint64_t()> now)
    : family_(find_family(board.family)),
      features_(core_features(board, core)),
      now_(std::move(now)),
      nvic_(family_.priority_bits, features_.is_mainline()),
      system_(features_, board.flash().base, nvic_),
      dwt_(features_.is_mainline()),
      gpio_(family_.gpio),
      uarts_(family_.uarts.begin(), family_.uarts.end()),
      timers_(family_.timers.begin(), family_.timers.end()),
      registers_(family_.rules) {}

std::vector<Devices::Range> Devices::ranges() const {
  std::vector<Range> result{kPeripherals, kSystem};
  for (const AddressRange& range : family_.settings)
    result.push_back({range.base, range.size_bytes});
  return result;
}

bool Devices::contains(uint32_t address) const {
  const auto holds = [address](const auto& range) {
    return address - range.base < range.size_bytes;
  };
  return holds(kPeripherals) || holds(kSystem) || std::ranges::any_of(family_.settings, holds);
}

// The secure and the non-secure view of a peripheral are the same registers.
uint32_t Devices::fold(uint32_t address) const {
  if (family_.secure_alias && address - kPeripherals.base < kPeripherals.size_bytes)
    return address & ~kSecureBit;
  return address;
}

uint32_t Devices::read(uint32_t address, uint32_t bytes) {
  address = fold(address);
  const uint32_t shift = (address & 3) * 8;
  const uint32_t value = read_register(address & ~3u) >> shift;
  return bytes >= 4 ? value : value & ((1u << (bytes * 8)) - 1);
}

void Devices::write(uint32_t address, uint32_t bytes, uint32_t value) {
  address = fold(address);
  const uint32_t word_address = address & ~3u;
  if (is_itm(address)) return itm_.write(word_address, bytes, value);
  if (bytes >= 4) return write_register(word_address, value);
  const uint32_t shift = (address & 3) * 8;
  const uint32_t mask = ((1u << (bytes * 8)) - 1) << shift;
  const uint32_t rest = is_command(word_address) ? 0 : read_register(word_address) & ~mask;
  write_register(word_address, rest | ((value << shift) & mask));
}

// The bits of these do something when they are written as ones, whatever they read as.
bool Devices::is_command(uint32_t address) const {
  constexpr uint32_t kNvicPriorities = 0xE000E400;
  if (is_nvic(address)) return address < kNvicPriorities;
  if (gpio_.is_command(address)) return true;
  const Uart* uart = find_uart(address);
  return uart && uart->is_command(address);
}

Uart* Devices::find_uart(uint32_t address) {
  for (Uart& uart : uarts_)
    if (uart.contains(address)) return &uart;
  return nullptr;
}

const Uart* Devices::find_uart(uint32_t address) const {
  for (const Uart& uart : uarts_)
    if (uart.contains(address)) return &uart;
  return nullptr;
}

uint32_t Devices::read_register(uint32_t address) {
  if (address >= kSystemBase) return read_system(address);
  if (const auto levels = gpio_.read(address)) return *levels;
  if (Uart* uart = find_uart(address)) {
    const uint32_t value = uart->read(address);
    update_uart_lines();
    return value;
  }
  if (Timer* timer = find_timer(address)) {
    settle_timer(*timer, now_());
    return timer->read(address);
  }
  for (const AddressRange& range : family_.settings)
    if (range.contains(address)) return registers_.stored(address, kErased);
  return registers_.read(address);
}

void Devices::write_register(uint32_t address, uint32_t value) {
  if (address >= kSystemBase) return write_system(address, value);
  if (gpio_.write(address, value, now_())) return;
  if (Uart* uart = find_uart(address)) {
    uart->write(address, value, uart_sink_, memory_);
    give_input();
    update_uart_lines();
    return;
  }
  if (Timer* timer = find_timer(address)) {
    settle_timer(*timer, now_());
    timer->write(address, value);
    settle_timer(*timer, now_());
    return;
  }
  registers_.write(address, value);
}

uint32_t Devices::read_system(uint32_t address) {
  if (is_systick(address)) {
    settle_systick(now_());
    return systick_.read(address);
  }
  if (is_nvic(address)) return nvic_.read(address);
  if (is_itm(address)) return itm_.read(address);
  if (address == Dwt::kControl) return dwt_.control();
  if (address == Dwt::kCycleCount) return dwt_.cycle_count(now_());
  if (address >= Dwt::kFirstEventCounter && address <= Dwt::kLastEventCounter) return 0;
  if (address == kInterruptControllerType) return kInterruptGroups - 1;
  // It lies within the range of the system control block.
  if (address == kDebugExceptionControl) return registers_.stored(address);
  return is_system_control(address) ? system_.read(address) : registers_.read(address);
}

void Devices::write_system(uint32_t address, uint32_t value) {
  if (is_systick(address)) {
    settle_systick(now_());
    systick_.write(address, value);
    update_next_event();
  } else if (is_nvic(address)) {
    nvic_.write(address, value);
  } else if (address == Dwt::kControl) {
    dwt_.set_control(value, now_());
  } else if (address == Dwt::kCycleCount) {
    dwt_.set_cycle_count(value, now_());
  } else if (address == kDebugExceptionControl) {
    registers_.write(address, value);
    dwt_.set_trace_enabled(value & kTraceEnable, now_());
    itm_.set_trace_enabled(value & kTraceEnable);
  } else if (is_system_control(address)) {
    system_.write(address, value);
  } else {
    registers_.write(address, value);
  }
}

void Devices::settle_systick(uint64_t now) {
  if (systick_.settle(now)) nvic_.set_pending(kSysTickException);
  update_next_event();
}

uint32_t Devices::cycles_per_timer_clock() const {
  const BusDividerPlace& place = family_.timer_bus;
  if (place.address == 0) return 1;
  // 0xx: undivided; 100 to 111: by 2, 4, 8, 16.
  const uint32_t code = registers_.read(place.address) >> place.shift & 7;
  return code < 4 ? 1 : 1u << (code - 4);
}

Timer* Devices::find_timer(uint32_t address) {
  for (Timer& timer : timers_)
    if (timer.contains(address)) return &timer;
  return nullptr;
}

void Devices::settle_timer(Timer& timer, uint64_t now) {
  timer.settle(now, cycles_per_timer_clock());
  bool high = false;  // timers may share an interrupt
  for (const Timer& other : timers_)
    high |= other.interrupt() == timer.interrupt() && other.interrupt_line();
  nvic_.set_line(kFirstInterrupt + timer.interrupt(), high);
  update_next_event();
}

void Devices::update_next_event() {
  next_event_ = systick_.next_event();
  for (const Timer& timer : timers_) next_event_ = std::min(next_event_, timer.next_event());
}

void Devices::advance(uint64_t cycles) {
  if (cycles < next_event_) return;
  settle_systick(cycles);
  for (Timer& timer : timers_) settle_timer(timer, cycles);
}

bool Devices::take_event() {
  if (nvic_.take_new_pending() && system_.wakes_on_pending()) event_ = true;
  const bool result = event_;
  event_ = false;
  return result;
}

std::optional<FlashAccelerator> Devices::flash_accelerator() const {
  const FlashAcceleratorPlace& place = family_.flash;
  if (place.address == 0) return std::nullopt;
  const uint32_t value = registers_.read(place.address);
  return FlashAccelerator{.wait_states = value & place.latency_mask,
                          .prefetch = (value & place.prefetch) != 0,
                          .instruction_cache = (value & place.instruction_cache) != 0,
                          .data_cache = (value & place.data_cache) != 0};
}

void Devices::push_uart_input(std::string_view bytes) {
  waiting_input_ += bytes;
  give_input();
  update_uart_lines();
}

// A port that interrupts when it has received is listened to more surely than one that is enabled
// only.
void Devices::give_input() {
  if (waiting_input_.empty()) return;
  auto listener = std::ranges::find_if(uarts_, &Uart::receives_by_interrupt);
  if (listener == uarts_.end()) listener = std::ranges::find_if(uarts_, &Uart::receives);
  if (listener == uarts_.end()) return;
  listener->push_input(waiting_input_, memory_);
  waiting_input_.clear();
}

// Ports may share an interrupt.
void Devices::update_uart_lines() {
  for (const Uart& uart : uarts_) {
    bool high = false;
    for (const Uart& other : uarts_)
      high |= other.interrupt() == uart.interrupt() && other.interrupt_line();
    nvic_.set_line(kFirstInterrupt + uart.interrupt(), high);
  }
}

}  // namespace thimble::sim
