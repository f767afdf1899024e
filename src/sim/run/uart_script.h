// What is typed into a serial port, line by line: each part after the program printed the prompt.
//
// Deterministic: it depends on nothing but what the program sends.
#pragma once

#include <deque>
#include <string>
#include <string_view>

#include "base/result.h"

namespace thimble::sim {

class UartScript {
 public:
  UartScript() = default;
  // With a prompt, `text` is split at line feeds, which are not sent; without one it is all sent at
  // once, as it is.
  UartScript(std::string_view text, std::string prompt);

  // To be sent before the program starts.
  std::string start();
  // The program sent this byte. Returns what to answer, often nothing.
  std::string answer(char byte);

 private:
  std::string take_next();

  std::deque<std::string> parts_;
  std::string prompt_;
  std::string tail_;  // of what the program sent, at most as long as the prompt
};

// Resolves \n, \r, \t, \0, \\ and \xHH. Errors: kInvalidArgument (another escape).
base::Result<std::string> unescape(std::string_view text);

}  // namespace thimble::sim
