#include "sim/run/pty_bridge.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

namespace thimble::sim {
namespace {

using base::ErrorCode;

// Bytes pass as they are: no echo, no lines, no signals.
bool make_raw(int descriptor) {
  termios settings{};
  if (tcgetattr(descriptor, &settings) != 0) return false;
  cfmakeraw(&settings);
  return tcsetattr(descriptor, TCSANOW, &settings) == 0;
}

}  // namespace

base::Result<PtyBridge> PtyBridge::open() {
  PtyBridge bridge;
  bridge.host_ = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
  std::array<char, 128> name{};
  if (bridge.host_ < 0 || grantpt(bridge.host_) != 0 || unlockpt(bridge.host_) != 0 ||
      ptsname_r(bridge.host_, name.data(), name.size()) != 0)
    return base::fail(ErrorCode::kIo, "cannot open a pseudo-terminal: {}", std::strerror(errno));
  bridge.name_ = name.data();
  bridge.program_ = ::open(name.data(), O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (bridge.program_ < 0 || !make_raw(bridge.program_))
    return base::fail(ErrorCode::kIo, "cannot set up the pseudo-terminal {}: {}", bridge.name_,
                      std::strerror(errno));
  return bridge;
}

PtyBridge::PtyBridge(PtyBridge&& other) noexcept {
  *this = std::move(other);
}

PtyBridge& PtyBridge::operator=(PtyBridge&& other) noexcept {
  std::swap(host_, other.host_);
  std::swap(program_, other.program_);
  std::swap(name_, other.name_);
  std::swap(dropped_bytes_, other.dropped_bytes_);
  return *this;
}

PtyBridge::~PtyBridge() {
  if (program_ >= 0) ::close(program_);
  if (host_ >= 0) ::close(host_);
}

void PtyBridge::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(host_, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) break;
    bytes.remove_prefix(static_cast<size_t>(written));
  }
  dropped_bytes_ += bytes.size();
}

std::string PtyBridge::receive() {
  std::string result;
  std::array<char, 256> buffer{};
  for (;;) {
    const ssize_t count = ::read(host_, buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return result;
    result.append(buffer.data(), static_cast<size_t>(count));
  }
}

uint64_t PtyBridge::unread_bytes() const {
  int count = 0;
  return ioctl(program_, FIONREAD, &count) == 0 ? static_cast<uint64_t>(count) : 0;
}

}  // namespace thimble::sim
