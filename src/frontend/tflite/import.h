// TensorFlow Lite files (.tflite, schema version 3) to Graph.
//
// The bytes are untrusted. Whatever they are, the result is a Graph that passes ops::verify or an
// Error: no crash, no endless loop, and no more memory than a small multiple of their size. The
// Graph owns copies of everything it needs. docs/import.md says what is accepted.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string_view>

#include "base/result.h"
#include "ir/graph.h"

namespace thimble::frontend {

// `name` becomes Graph::name. Errors: kMalformed, kUnsupported or kLimit; those of an operator have
// the frame "subgraph 0, operator 12 (CONV_3D)".
base::Result<ir::Graph> import_tflite(std::span<const std::byte> bytes, std::string_view name);

// The same for a file; the graph is named after it, without folder and extension, and errors have
// its path as outermost frame. Errors: also kNotFound and kIo.
base::Result<ir::Graph> import_file(const std::filesystem::path& path);

}  // namespace thimble::frontend
