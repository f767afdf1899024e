// Why libarchive refused something, which it does not always say.
#pragma once

#include <archive.h>

#include <string>

namespace thimble::data {

inline std::string archive_error(archive* opened) {
  const char* text = archive_error_string(opened);
  const std::string reason = text ? text : "the archive is damaged";
  // How liblzma says that it wants more bytes than there are.
  if (reason.find("No progress is possible") != std::string::npos)
    return "the compressed data ends too early";
  return reason;
}

}  // namespace thimble::data
