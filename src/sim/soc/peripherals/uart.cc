#include "sim/soc/peripherals/uart.h"

namespace thimble::sim {
namespace {

// STM32 with separate data registers: RM0432; with one: RM0090. The
// bits of SR and ISR, and those of CR1 that allow interrupts, are in the same places.
namespace transmit {
constexpr uint32_t kControl = 0x00, kStatus = 0x1C, kClear = 0x20, kReceive = 0x24,
                   kTransmit = 0x28, kRequest = 0x18;
}
namespace data {
constexpr uint32_t kStatus = 0x00, kData = 0x04, kControl = 0x0C;
}
constexpr uint32_t kReceived = 1u << 5;      // RXNE and RXNEIE
constexpr uint32_t kComplete = 1u << 6;      // TC and TCIE
constexpr uint32_t kEmpty = 1u << 7;         // TXE and TXEIE
constexpr uint32_t kAcknowledge = 3u << 21;  // TEACK and REACK
constexpr uint32_t kReceiverEnable = 1u << 2;
constexpr uint32_t kTransmitEnable = 1u << 3;

// nRF52840 Product Specification.
namespace nordic {
constexpr uint32_t kStartReceive = 0x000, kStopReceive = 0x004, kStartTransmit = 0x008,
                   kStopTransmit = 0x00C, kLastTask = 0x07C;
constexpr uint32_t kReceived = 0x108, kEndReceive = 0x110, kTransmitted = 0x11C,
                   kEndTransmit = 0x120, kReceiveTimeout = 0x144, kReceiveStarted = 0x14C,
                   kTransmitStarted = 0x150, kTransmitStopped = 0x158;
constexpr uint32_t kEvents = 0x100;
constexpr uint32_t kInterrupts = 0x300, kSetInterrupts = 0x304, kClearInterrupts = 0x308;
constexpr uint32_t kEnable = 0x500, kReceiveData = 0x518, kTransmitData = 0x51C;
constexpr uint32_t kReceivePointer = 0x534, kReceiveMaximum = 0x538, kReceiveAmount = 0x53C;
constexpr uint32_t kTransmitPointer = 0x544, kTransmitMaximum = 0x548, kTransmitAmount = 0x54C;
constexpr uint32_t kUartEnabled = 4, kUarteEnabled = 8;
constexpr uint32_t kSize = 0x1000;
}  // namespace nordic

}  // namespace

bool Uart::contains(uint32_t address) const {
  return address - place_.base < (place_.kind == UartKind::kNordic ? nordic::kSize : kSize);
}

uint32_t Uart::stored(uint32_t offset) const {
  const auto found = registers_.find(offset);
  return found == registers_.end() ? 0 : found->second;
}

uint32_t Uart::status() const {
  return (input_.empty() ? 0 : kReceived) | kComplete | kEmpty;
}

bool Uart::receives() const {
  switch (place_.kind) {
    case UartKind::kStm32Data:
      return stored(data::kControl) & kReceiverEnable;
    case UartKind::kStm32Transmit:
      return stored(transmit::kControl) & kReceiverEnable;
    case UartKind::kNordic:
      return nordic_receiving_;
  }
  return false;
}

bool Uart::receives_by_interrupt() const {
  if (!receives()) return false;
  switch (place_.kind) {
    case UartKind::kStm32Data:
      return stored(data::kControl) & kReceived;
    case UartKind::kStm32Transmit:
      return stored(transmit::kControl) & kReceived;
    case UartKind::kNordic:
      return stored(nordic::kInterrupts) != 0;
  }
  return false;
}

bool Uart::interrupt_line() const {
  constexpr uint32_t kSources = kReceived | kComplete | kEmpty;
  if (place_.kind == UartKind::kStm32Data) return status() & stored(data::kControl) & kSources;
  if (place_.kind == UartKind::kStm32Transmit)
    return status() & stored(transmit::kControl) & kSources;
  const uint32_t allowed = stored(nordic::kInterrupts);
  for (uint32_t bit = 0; bit < 32; ++bit)
    if ((allowed >> bit & 1) && stored(nordic::kEvents + 4 * bit)) return true;
  return false;
}

char Uart::pop_input() {
  if (input_.empty()) return 0;
  const char byte = input_.front();
  input_.pop_front();
  return byte;
}

uint32_t Uart::read(uint32_t address) {
  const uint32_t offset = address - place_.base;
  switch (place_.kind) {
    case UartKind::kStm32Data:
      if (offset == data::kStatus) return status();
      if (offset == data::kData) return static_cast<uint8_t>(pop_input());
      return stored(offset);
    case UartKind::kStm32Transmit:
      if (offset == transmit::kStatus) {
        const bool on = stored(transmit::kControl) & (kReceiverEnable | kTransmitEnable);
        return status() | (on ? kAcknowledge : 0);
      }
      if (offset == transmit::kReceive) return static_cast<uint8_t>(pop_input());
      return stored(offset);
    case UartKind::kNordic:
      if (offset == nordic::kReceiveData) {
        const uint32_t byte = static_cast<uint8_t>(pop_input());
        if (!input_.empty()) registers_[nordic::kReceived] = 1;
        return byte;
      }
      if (offset == nordic::kSetInterrupts || offset == nordic::kClearInterrupts)
        return stored(nordic::kInterrupts);
      return offset <= nordic::kLastTask ? 0 : stored(offset);
  }
  return 0;
}

bool Uart::is_command(uint32_t address) const {
  const uint32_t offset = address - place_.base;
  switch (place_.kind) {
    case UartKind::kStm32Data:
      return offset <= data::kData;
    case UartKind::kStm32Transmit:
      return offset >= transmit::kRequest && offset <= transmit::kTransmit;
    case UartKind::kNordic:
      return offset == nordic::kReceiveData || offset == nordic::kTransmitData;
  }
  return false;
}

void Uart::write(uint32_t address, uint32_t value, const Sink& sink, const Memory& memory) {
  const uint32_t offset = address - place_.base;
  if (place_.kind == UartKind::kNordic) return write_nordic(offset, value, sink, memory);
  write_stm32(offset, value, sink);
}

void Uart::write_stm32(uint32_t offset, uint32_t value, const Sink& sink) {
  const bool has_one_register = place_.kind == UartKind::kStm32Data;
  const uint32_t send = has_one_register ? data::kData : transmit::kTransmit;
  const uint32_t control = has_one_register ? data::kControl : transmit::kControl;
  if (offset != send) {
    registers_[offset] = value;
  } else if ((stored(control) & kTransmitEnable) && sink) {
    sink(static_cast<char>(value));
  }
}

void Uart::write_nordic(uint32_t offset, uint32_t value, const Sink& sink, const Memory& memory) {
  switch (offset) {
    case nordic::kSetInterrupts:
      registers_[nordic::kInterrupts] |= value;
      return;
    case nordic::kClearInterrupts:
      registers_[nordic::kInterrupts] &= ~value;
      return;
    case nordic::kTransmitData:
      if (stored(nordic::kEnable) == nordic::kUartEnabled && sink) sink(static_cast<char>(value));
      registers_[nordic::kTransmitted] = 1;
      return;
    default:
      break;
  }
  if (offset > nordic::kLastTask) {
    registers_[offset] = value;
    return;
  }
  if (!(value & 1)) return;
  if (offset == nordic::kStartTransmit) send_from_memory(sink, memory);
  if (offset == nordic::kStopTransmit) registers_[nordic::kTransmitStopped] = 1;
  if (offset == nordic::kStartReceive) {
    nordic_receiving_ = true;
    registers_[nordic::kReceiveStarted] = 1;
    registers_[nordic::kReceiveAmount] = 0;
    receive_nordic(memory);
  }
  if (offset == nordic::kStopReceive) {
    if (nordic_receiving_) registers_[nordic::kEndReceive] = 1;
    nordic_receiving_ = false;
    registers_[nordic::kReceiveTimeout] = 1;
  }
}

void Uart::send_from_memory(const Sink& sink, const Memory& memory) {
  registers_[nordic::kTransmitStarted] = 1;
  if (stored(nordic::kEnable) != nordic::kUarteEnabled) return;
  const uint32_t count = stored(nordic::kTransmitMaximum) & 0xFFFF;
  if (memory && sink)
    for (std::byte byte : memory(stored(nordic::kTransmitPointer), count))
      sink(static_cast<char>(byte));
  registers_[nordic::kTransmitAmount] = count;
  registers_[nordic::kTransmitted] = 1;
  registers_[nordic::kEndTransmit] = 1;
}

void Uart::receive_nordic(const Memory& memory) {
  if (!nordic_receiving_ || input_.empty()) return;
  registers_[nordic::kReceived] = 1;
  if (stored(nordic::kEnable) != nordic::kUarteEnabled) return;  // RXD is read by the program
  const uint32_t maximum = stored(nordic::kReceiveMaximum) & 0xFFFF;
  const std::span<std::byte> buffer =
      memory ? memory(stored(nordic::kReceivePointer), maximum) : std::span<std::byte>{};
  uint32_t& amount = registers_[nordic::kReceiveAmount];
  while (!input_.empty() && amount < buffer.size())
    buffer[amount++] = static_cast<std::byte>(pop_input());
  if (amount < maximum) return;
  nordic_receiving_ = false;
  registers_[nordic::kEndReceive] = 1;
}

void Uart::push_input(std::string_view bytes, const Memory& memory) {
  input_.insert(input_.end(), bytes.begin(), bytes.end());
  if (place_.kind == UartKind::kNordic) receive_nordic(memory);
}

}  // namespace thimble::sim
