#include "base/progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

namespace thimble::base {

bool wants_colour(int file_descriptor) {
  const char* no_colour = std::getenv("NO_COLOR");
  return ::isatty(file_descriptor) && !(no_colour && *no_colour);
}

StatusLine::StatusLine() : terminal_(::isatty(STDERR_FILENO)) {}

StatusLine::~StatusLine() {
  clear();
}

void StatusLine::clear() {
  if (drawn_) std::fputs("\r\033[K", stderr);
  drawn_ = false;
}

void StatusLine::stage(std::string_view text) {
  stage_ = text;
  if (terminal_) draw("");
}

bool StatusLine::due() {
  if (!terminal_) return false;
  auto now = std::chrono::steady_clock::now();
  if (now < next_draw_) return false;
  next_draw_ = now + std::chrono::milliseconds(100);
  return true;
}

void StatusLine::update(std::string_view detail) {
  if (due()) draw(detail);
}

void StatusLine::update(double fraction, std::string_view detail) {
  constexpr int kWidth = 30;
  if (!due()) return;
  int done = std::clamp(static_cast<int>(fraction * kWidth), 0, kWidth);
  draw(fmt::format("[{}{}] {:3.0f} %  {}", std::string(static_cast<size_t>(done), '#'),
                   std::string(static_cast<size_t>(kWidth - done), '.'), 100 * fraction, detail));
}

void StatusLine::draw(std::string_view detail) {
  fmt::print(stderr, "\r\033[K{}{}{}", stage_, detail.empty() ? "" : "  ", detail);
  std::fflush(stderr);
  drawn_ = true;
}

}  // namespace thimble::base
