// docs/simulator-accuracy.md from the results in docs/accuracy/.
#pragma once

#include <string>

#include "base/result.h"
#include "tools/accuracy/results.h"

namespace thimble::accuracy {

// The whole page as Markdown. A result that is not there gives a sentence that says so.
// Errors: kMalformed (a result), those of reading the core tables.
base::Result<std::string> accuracy_page(const Paths& paths);

}  // namespace thimble::accuracy
