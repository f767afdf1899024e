// Where the simulated serial port's bytes go: `--uart stdout`, `--uart pty` or `--uart FILE`.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "sim/run/pty_bridge.h"

namespace thimble::cli {

class UartOutput {
 public:
  // `show`: prints on standard output. For "pty" the name of the terminal is told through `notice`
  // before the run. Errors: kIo (no pseudo-terminal).
  static base::Result<UartOutput> open(std::string_view target,
                                       std::function<void(std::string_view)> show,
                                       const std::function<void(std::string_view)>& notice);

  void send(std::string_view bytes);
  std::string receive();  // what was typed in the terminal since the last call
  // After the run: writes the file. Errors: kIo.
  base::Result<> finish() const;

 private:
  UartOutput() = default;

  std::function<void(std::string_view)> show_;  // stdout
  std::optional<sim::PtyBridge> terminal_;      // pty
  std::string path_, content_;                  // a file
};

}  // namespace thimble::cli
