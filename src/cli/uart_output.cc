#include "cli/uart_output.h"

#include <fmt/format.h>

#include <chrono>
#include <thread>

#include "base/files.h"

namespace thimble::cli {

base::Result<UartOutput> UartOutput::open(std::string_view target,
                                          std::function<void(std::string_view)> show,
                                          std::function<void(std::string_view)> notice) {
  UartOutput output;
  output.notice_ = std::move(notice);
  if (target == "stdout") {
    output.show_ = std::move(show);
  } else if (target == "pty") {
    THIMBLE_ASSIGN(output.terminal_, sim::PtyBridge::open());
    output.notice_(fmt::format("the serial port is {}", output.terminal_->name()));
  } else {
    output.path_ = target;
  }
  return output;
}

void UartOutput::send(std::string_view bytes) {
  if (show_) return show_(bytes);
  if (terminal_) return terminal_->send(bytes);
  content_ += bytes;
}

std::string UartOutput::receive() {
  return terminal_ ? terminal_->receive() : std::string{};
}

void UartOutput::drain() const {
  constexpr std::chrono::milliseconds kPause{10};
  constexpr int kMaxPauses = 100;
  for (int i = 0; i < kMaxPauses; ++i) {
    std::this_thread::sleep_for(kPause);
    if (terminal_->unread_bytes() == 0) break;
  }
  const uint64_t lost = terminal_->unread_bytes() + terminal_->dropped_bytes();
  if (lost > 0)
    notice_(
        fmt::format("{} bytes that the serial port sent were not read from {}; --uart FILE "
                    "keeps everything",
                    lost, terminal_->name()));
}

base::Result<> UartOutput::finish() const {
  if (terminal_) drain();
  if (path_.empty()) return {};
  return base::write_file(path_, content_);
}

}  // namespace thimble::cli
