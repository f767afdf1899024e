#include "base/error.h"

namespace thimble::base {

const char* error_code_name(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalidArgument:
      return "invalid_argument";
    case ErrorCode::kNotFound:
      return "not_found";
    case ErrorCode::kMalformed:
      return "malformed";
    case ErrorCode::kUnsupported:
      return "unsupported";
    case ErrorCode::kDoesNotFit:
      return "does_not_fit";
    case ErrorCode::kFault:
      return "fault";
    case ErrorCode::kLimit:
      return "limit";
    case ErrorCode::kToolFailed:
      return "tool_failed";
    case ErrorCode::kIo:
      return "io";
  }
  return "unknown";
}

std::string Error::to_string() const {
  std::string text;
  for (auto frame = context.rbegin(); frame != context.rend(); ++frame) text += *frame + ": ";
  return text + message;
}

}  // namespace thimble::base
