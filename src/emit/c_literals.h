// C++ spellings of types and values.
#pragma once

#include <string>
#include <string_view>

#include "base/files.h"
#include "ir/tensor.h"

namespace thimble::emit {

std::string_view c_type(ir::DataType type);  // "int8_t"; half floats travel as uint16_t

// A literal of at least int width that is exactly this value, also for the most negative ones.
std::string integer_literal(int64_t value);

// Reads back as exactly the same float.
std::string float_literal(float value);

// The elements of an array initialiser, broken into lines, without braces.
std::string array_elements(ir::DataType type, std::span<const std::byte> bytes);

// `text` as it may stand in a comment: control characters and comment ends replaced.
std::string comment_text(std::string_view text);

// ASCII only, whatever the locale.
std::string lower_case(std::string_view text);
std::string upper_case(std::string_view text);

}  // namespace thimble::emit
