// Bytes of an .onnx file to the protobuf message that they hold, in bounded memory.
#pragma once

#include <google/protobuf/arena.h>

#include <cstddef>
#include <span>

#include "base/result.h"

namespace onnx {
class ModelProto;
}

namespace thimble::frontend {

// The message lives in `arena`. Errors: kMalformed, kLimit (a small file can describe a message
// that takes a hundred times its size).
base::Result<const onnx::ModelProto*> parse_model(std::span<const std::byte> bytes,
                                                  google::protobuf::Arena& arena);

}  // namespace thimble::frontend
