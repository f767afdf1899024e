#include "passes/pipeline.h"

#include <array>

#include "base/check.h"
#include "ops/op.h"
#include "passes/dead_channels.h"
#include "passes/unused.h"

namespace thimble::passes {
namespace {

constexpr std::array kPasses = {
    Pass{"unused layers", remove_unused},
    Pass{"dead channels", remove_dead_channels},
};

}  // namespace

std::span<const Pass> all_passes() {
  return kPasses;
}

base::Result<ir::Graph> optimize(const ir::Graph& graph) {
  ir::Graph result = graph;
  for (const Pass& pass : kPasses) {
    THIMBLE_ASSIGN(result, pass.run(result));
  }
  THIMBLE_ASSIGN(result, remove_unused(result));
  const auto valid = ops::verify(result);
  CHECK(valid, "{}", valid.error().to_string());
  return result;
}

}  // namespace thimble::passes
