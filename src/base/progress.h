// One line on the terminal that says what a long command is doing; gone when it is done.
//
// Written to standard error, and only when that is a terminal, so that logs and pipes stay clean.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

namespace thimble::base {

class StatusLine {
 public:
  StatusLine();
  ~StatusLine();
  StatusLine(const StatusLine&) = delete;
  StatusLine& operator=(const StatusLine&) = delete;

  // A new stage: shown at once.
  void stage(std::string_view text);

  // Removes the line, so that ordinary output can follow. The destructor does the same.
  void clear();

  // Progress within the stage: redrawn at most ten times a second. `fraction` in [0, 1] draws a
  // bar.
  void update(std::string_view detail);
  void update(double fraction, std::string_view detail);

 private:
  void draw(std::string_view detail);
  bool due();

  bool terminal_;
  bool drawn_ = false;
  std::string stage_;
  std::chrono::steady_clock::time_point next_draw_{};
};

// True when colours and progress may be written to this file descriptor (a terminal, NO_COLOR
// unset).
bool wants_colour(int file_descriptor);

}  // namespace thimble::base
