// A pseudo-terminal for the simulated serial port: the host's terminal program opens name().
//
// Never blocks. What the program sends while nobody reads is dropped once the kernel's buffer is
// full; dropped_bytes() tells.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace thimble::sim {

class PtyBridge {
 public:
  // Errors: kIo.
  static base::Result<PtyBridge> open();
  PtyBridge(PtyBridge&& other) noexcept;
  PtyBridge& operator=(PtyBridge&& other) noexcept;
  ~PtyBridge();

  const std::string& name() const { return name_; }  // "/dev/pts/5"
  void send(std::string_view bytes);
  // What was typed since the last call; may be empty.
  std::string receive();
  uint64_t dropped_bytes() const { return dropped_bytes_; }
  // Sent, and not read from the terminal so far. They are lost when the bridge is closed.
  uint64_t unread_bytes() const;

 private:
  PtyBridge() = default;

  int host_ = -1;     // our end
  int program_ = -1;  // the other end, kept open so that a reader may come and go
  std::string name_;
  uint64_t dropped_bytes_ = 0;
};

}  // namespace thimble::sim
