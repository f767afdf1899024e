// Functions of one int8 as a table of 256 values, indexed by x + 128. The table is computed once on
// the host and is also what the target reads.
#pragma once

#include <cstdint>
#include <vector>

#include "ops/op.h"

namespace thimble::ops {

using Int8Table = std::vector<int8_t>;

template <typename F>
Int8Table make_int8_table(F function) {
  Int8Table table;
  for (int32_t x = -128; x <= 127; ++x) table.push_back(static_cast<int8_t>(function(x)));
  return table;
}

// From input 0 to output 0 of a node, both int8.
void execute_lookup(const ExecContext& context, const Int8Table& table);
Lowering lower_lookup(const ir::Graph& graph, const ir::Node& node, const Int8Table& table);

// A constant for the target.
template <typename T>
Constant make_constant(std::string name, ir::DataType type, const std::vector<T>& values) {
  const auto* bytes = reinterpret_cast<const std::byte*>(values.data());
  return {std::move(name), type, base::Bytes(bytes, bytes + values.size() * sizeof(T)),
          ir::kNoTensor};
}

}  // namespace thimble::ops
