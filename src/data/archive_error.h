// Why libarchive refused something, which it does not always say.
#pragma once

#include <archive.h>

#include <string>

namespace thimble::data {

inline std::string archive_error(archive* opened) {
  const char* text = archive_error_string(opened);
  return text ? text : "the archive is damaged";
}

}  // namespace thimble::data
