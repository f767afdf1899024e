// The sources of target/, compiled into the program, and which of them a model needs.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "emit/emit.h"

namespace thimble::emit {

// The files at `roots` and everything they include in quotes, each once, sorted by path; the paths
// are those below target/, the content starts with the licence notice.
base::Result<std::vector<SourceFile>> with_includes(const std::vector<std::string>& roots);

// The first lines of every file we write for the user.
std::string licence_notice(std::string_view comment);

}  // namespace thimble::emit
