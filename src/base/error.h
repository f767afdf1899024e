// What went wrong, for the person at the terminal.
//
// An Error is a user's fault or the environment's: a malformed file, a network that does not fit, a
// missing tool. Our own bugs are CHECKs (check.h), never Errors.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace thimble::base {

enum class ErrorCode {
  kInvalidArgument,  // the caller asked for something that makes no sense
  kNotFound,         // a file, board, symbol or tool is missing
  kMalformed,        // bytes that are not what they claim to be
  kUnsupported,      // understood, but Thimble cannot do it
  kDoesNotFit,       // the network is larger than the board
  kFault,            // the simulated processor faulted
  kLimit,            // a bound on time, size or cycles was reached
  kToolFailed,       // a program we called failed
  kIo,               // the operating system said no
};

// Short lower-case name, used in `--json` errors: "malformed", "does_not_fit", ...
const char* error_code_name(ErrorCode code);

struct Error {
  ErrorCode code;
  std::string message;  // what is wrong; no trailing full stop
  std::string hint;     // what to do about it; may be empty
  std::vector<std::string>
      context;  // where, innermost first: "operator 3 (CONV_2D)", "model.tflite"

  Error(ErrorCode error_code, std::string text, std::string advice = {})
      : code(error_code), message(std::move(text)), hint(std::move(advice)) {}

  // Adds one frame of "where" around what is already there.
  Error&& in(std::string frame) && {
    context.push_back(std::move(frame));
    return std::move(*this);
  }

  // "model.tflite: operator 3 (CONV_2D): message", without the hint.
  std::string to_string() const;
};

}  // namespace thimble::base
