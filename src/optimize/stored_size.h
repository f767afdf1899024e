// How large networks are as files.
#pragma once

#include <cstdint>
#include <span>

#include "base/files.h"
#include "ir/graph.h"

namespace thimble::optimize {

// Of all constants, shared ones once.
uint64_t constant_bytes(const ir::Graph& graph);

// What gzip makes of a file with its best compression.
uint64_t gzip_bytes(std::span<const std::byte> file);

}  // namespace thimble::optimize
