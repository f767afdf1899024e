#include "cli/uart_output.h"

#include <fmt/format.h>

#include "base/files.h"

namespace thimble::cli {

base::Result<UartOutput> UartOutput::open(std::string_view target,
                                          std::function<void(std::string_view)> show,
                                          const std::function<void(std::string_view)>& notice) {
  UartOutput output;
  if (target == "stdout") {
    output.show_ = std::move(show);
  } else if (target == "pty") {
    THIMBLE_ASSIGN(output.terminal_, sim::PtyBridge::open());
    notice(fmt::format("the serial port is {}", output.terminal_->name()));
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

base::Result<> UartOutput::finish() const {
  if (path_.empty()) return {};
  return base::write_file(path_, content_);
}

}  // namespace thimble::cli
