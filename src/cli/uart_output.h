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
  // `show`: prints on standard output. For "pty", `notice` is told the name of the terminal before
  // the run, and at the end whether something was not read. Errors: kIo (no pseudo-terminal).
  static base::Result<UartOutput> open(std::string_view target,
                                       std::function<void(std::string_view)> show,
                                       std::function<void(std::string_view)> notice);

  void send(std::string_view bytes);
  std::string receive();  // what was typed in the terminal since the last call
  // After the run: writes the file, or gives who reads the terminal time to read it all. Errors:
  // kIo.
  base::Result<> finish() const;

 private:
  UartOutput() = default;
  void drain() const;

  std::function<void(std::string_view)> show_;  // stdout
  std::function<void(std::string_view)> notice_;
  std::optional<sim::PtyBridge> terminal_;  // pty
  std::string path_, content_;              // a file
};

}  // namespace thimble::cli
