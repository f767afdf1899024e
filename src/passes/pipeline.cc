#include "passes/pipeline.h"

#include <array>

#include "base/check.h"
#include "ops/op.h"
#include "passes/dead_channels.h"
#include "passes/fold_activations.h"
#include "passes/fold_batch_norm.h"
#include "passes/fold_constants.h"
#include "passes/fold_padding.h"
#include "passes/int8_edges.h"
#include "passes/remove_copies.h"
#include "passes/unused.h"

namespace thimble::passes {
namespace {

constexpr std::array kPasses = {
    Pass{"unused layers", remove_unused},
    Pass{"constant layers", fold_constants},
    Pass{"copies", remove_copies},
    Pass{"batch normalization", fold_batch_norm},
    Pass{"activations", fold_activations},
    Pass{"padding", fold_padding},
    Pass{"dead channels", remove_dead_channels},
};

base::Result<ir::Graph> run(const Pass& pass, const ir::Graph& graph) {
  THIMBLE_ASSIGN(ir::Graph result, pass.run(graph));
  const auto valid = ops::verify(result);
  CHECK(valid, "after {}: {}", pass.name, valid.error().to_string());
  return result;
}

}  // namespace

std::span<const Pass> all_passes() {
  return kPasses;
}

base::Result<ir::Graph> optimize(const ir::Graph& graph, const Options& options) {
  ir::Graph result = graph;
  if (options.int8_edges) {
    THIMBLE_ASSIGN(result, run({"integer edges", use_integer_edges}, result));
  }
  for (const Pass& pass : kPasses) {
    THIMBLE_ASSIGN(result, run(pass, result));
  }
  return result;
}

}  // namespace thimble::passes
