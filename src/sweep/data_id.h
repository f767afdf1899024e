// What the files of a data set hold: it is part of what an accuracy depends on.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>

#include "sweep/file_digests.h"

namespace thimble::sweep {

// SHA-256 of the names and contents of all files that the specification of a data set names, seen
// from `folder`; of a folder, of all files below it that are not hidden, as its readers see them.
// Empty without a specification, or with one that is none. Files that are missing count as missing:
// whoever opens them says so. `unreadable`, if given, grows by their number.
std::string data_id(const std::string& specification, const std::filesystem::path& folder,
                    FileDigests& digests, size_t* unreadable = nullptr);

}  // namespace thimble::sweep
