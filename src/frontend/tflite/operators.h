// Operator codes and options of TensorFlow Lite to operator names and attributes.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "frontend/tflite/tflite_subset_generated.h"
#include "ir/attributes.h"

namespace thimble::frontend {

// The operator's name for messages, known or not: "CONV_3D", "custom operator Foo".
std::string operator_name(const schema::OperatorCode& code);

// What `code` and the options of `op` say. Errors: kUnsupported (operator, version or option),
// kMalformed (options are missing or of another operator).
base::Result<ir::Attributes> read_attributes(const schema::OperatorCode& code,
                                             const schema::Operator& op);

}  // namespace thimble::frontend
