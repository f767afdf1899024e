// A network from a file in any format that Thimble reads: the one place that chooses the importer.
#pragma once

#include <filesystem>

#include "base/result.h"
#include "ir/graph.h"

namespace thimble::frontend {

// By content where the format has a mark (TensorFlow Lite), else by extension (.onnx). The graph is
// named after the file, without folder and extension; errors have the path as outermost frame.
// Errors: those of the importers, kNotFound, kIo, kUnsupported (another format).
base::Result<ir::Graph> import_model(const std::filesystem::path& path);

}  // namespace thimble::frontend
