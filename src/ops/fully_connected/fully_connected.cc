// FULLY_CONNECTED: rows of the input times a matrix.
//
// inputs: data whose elements are taken as rows of `in` values, weights [out, in], [bias of out];
// attributes: activation, keep_num_dims (0: the output is [rows, out]; 1: the input's dimensions
// with the last one replaced), [asymmetric_quantize_inputs, for hybrid layers].
#include "base/check.h"
#include "ops/checks.h"
#include "ops/float_lowering.h"
#include "ops/fully_connected/int4.h"
#include "ops/fully_connected/packed.h"
#include "ops/fully_connected/sparse.h"
#include "ops/fully_connected_rows.h"
#include "ops/int4.h"
#include "ops/mac_execute.h"
#include "ops/mac_lowering.h"
#include "ops/op.h"
#include "ops/staged_lowering.h"

namespace thimble::ops {
namespace {

using base::ErrorCode;
using base::Result;
using ir::Graph;
using ir::Node;

constexpr const MacTraits& kTraits = kFullyConnectedTraits;
constexpr MacKernels kKernels{"fully_connected", "FullyConnected", /*folds_zero_point=*/true};

struct Matrix {
  int32_t rows, in, out;

  static Result<Matrix> read(const Graph& graph, const Node& node) {
    const MacLayer layer = MacLayer::of(graph, node, kTraits);
    const int32_t in = layer.weights.shape[1], out = layer.weights.shape[0];
    const int64_t elements = layer.input.elements();
    if (in < 1 || out < 1 || elements < 1 || elements % in != 0)
      return base::fail(ErrorCode::kMalformed, "weights of {} do not fit an input of {}",
                        ir::shape_text(layer.weights.shape), ir::shape_text(layer.input.shape));
    THIMBLE_ASSIGN(int64_t keep_dims, node.attributes.get_int("keep_num_dims"));
    if (keep_dims != 0 && (layer.input.shape.empty() || layer.input.shape.back() != in))
      return base::fail(ErrorCode::kMalformed,
                        "weights of {} do not fit the last dimension of an input of {}",
                        ir::shape_text(layer.weights.shape), ir::shape_text(layer.input.shape));
    return Matrix{static_cast<int32_t>(elements / in), in, out};
  }

  static Matrix of(const Graph& graph, const Node& node) {
    auto matrix = read(graph, node);
    CHECK(matrix, "{}", matrix.error().to_string());
    return *matrix;
  }
};

Result<> verify(const Graph& graph, const Node& node) {
  THIMBLE_TRY(verify_mac(graph, node, kTraits));
  THIMBLE_TRY(Matrix::read(graph, node));
  return {};
}

Result<std::vector<ir::Shape>> infer_shapes(const Graph& graph, const Node& node) {
  const Matrix m = Matrix::of(graph, node);
  THIMBLE_ASSIGN(int64_t keep_dims, node.attributes.get_int("keep_num_dims"));
  if (keep_dims == 0) return std::vector<ir::Shape>{{m.rows, m.out}};
  ir::Shape shape = graph.input(node, 0)->shape;
  shape.back() = m.out;
  return std::vector<ir::Shape>{shape};
}

// The estimate is equation 2 of Heim 2021, appendix A: the bias counts as one more input.
Cost cost(const Graph& graph, const Node& node) {
  const Matrix m = Matrix::of(graph, node);
  const uint64_t outputs = static_cast<uint64_t>(m.rows) * static_cast<uint64_t>(m.out);
  const auto in = static_cast<uint64_t>(m.in);
  return mac_cost(MacLayer::of(graph, node, kTraits), node, outputs * in,
                  static_cast<double>(outputs * (in + 1)));
}

Result<> execute(const ExecContext& context) {
  const Matrix m = Matrix::of(context.graph, context.node);
  const int32_t weights_zero =
      MacLayer::of(context.graph, context.node, kTraits).weight_zero_point();
  return execute_mac(
      context, kTraits, m.rows,
      [&](auto zero_sum, const auto* in, auto in_zero, const auto* weights, auto store) {
        for (int32_t channel = 0; channel < m.out; ++channel)
          store(channel, channel,
                dot<decltype(zero_sum)>(in, in_zero, weights + int64_t{channel} * m.in,
                                        static_cast<decltype(in_zero)>(weights_zero), m.in));
      });
}

void add_shape_fields(KernelCall& call, const Matrix& m) {
  call.fields.push_back({"rows", m.rows});
  call.fields.push_back({"in", m.in});
  call.fields.push_back({"out", m.out});
}

Result<Lowering> lower_portable(const Graph& graph, const Node& node) {
  const Matrix m = Matrix::of(graph, node);
  const MacLayer layer = MacLayer::of(graph, node, kTraits);
  THIMBLE_ASSIGN(KernelCall call, lower_mac(graph, node, kTraits, kKernels));
  add_shape_fields(call, m);
  if (ir::is_integer(layer.input.type))
    call.fields.push_back({"weights_zero_point", layer.weight_zero_point()});
  if (layer.mode() == MacMode::kHybrid)  // one quantized row
    call.scratch_bytes = static_cast<size_t>(m.in);
  return Lowering{.calls = {std::move(call)}, .overlap = std::nullopt};
}

Result<Lowerings> lower(const Graph& graph, const Node& node, const LowerTarget& target) {
  constexpr int32_t kInterleavedChannels = 4;
  const Matrix m = Matrix::of(graph, node);
  const MacLayer layer = MacLayer::of(graph, node, kTraits);
  std::vector<Lowering> ways;
  if (layer.weight_zero_point() == 0 && fits_dsp(layer, target)) {
    THIMBLE_ASSIGN(std::optional<Lowering> packed,
                   lower_fully_connected_packed(graph, node, kTraits, m.rows, m.in));
    if (packed) {
      ways.push_back(std::move(*packed));
    } else {
      THIMBLE_ASSIGN(KernelCall call, lower_mac_dsp(graph, node, kTraits, kKernels,
                                                    pack_rows(layer, kInterleavedChannels)));
      add_shape_fields(call, m);
      call.scratch_bytes = 2 * dsp_row_bytes(m.in);  // a row of 16-bit inputs
      ways.push_back({.calls = {std::move(call)}, .overlap = std::nullopt, .variant = "dsp"});
    }
  } else if (layer.weight_zero_point() == 0 && fits_staged(layer, target)) {
    THIMBLE_ASSIGN(std::optional<Lowering> int4,
                   lower_fully_connected_rows_int4(graph, node, kTraits));
    THIMBLE_ASSIGN(std::optional<Lowering> rows, lower_fully_connected_rows(graph, node, kTraits));
    for (std::optional<Lowering>* way : {&int4, &rows}) {
      if (!*way) continue;
      add_shape_fields((*way)->calls[0], m);
      ways.push_back(std::move(**way));
    }
  } else if (fits_float_unit(layer, target)) {
    THIMBLE_ASSIGN(std::optional<Lowering> columns,
                   lower_fully_connected_f32(graph, node, kTraits, m.rows, m.in));
    if (columns) ways.push_back(std::move(*columns));
  }
  THIMBLE_ASSIGN(Lowering portable, lower_portable(graph, node));
  if (layer.weight_zero_point() == 0 && fits_mve(layer, target))
    return with_mve(std::move(portable.calls[0]), kKernels);
  const KernelCall call = portable.calls[0];
  ways.push_back(std::move(portable));
  if (target.optimized)
    add_sparse_way(lower_fully_connected_sparse(layer, call, fits_dsp(layer, target)), ways);
  if (fits_dsp(layer, target) && fits_int4(layer)) {  // the least flash
    THIMBLE_ASSIGN(std::optional<Lowering> int4,
                   lower_fully_connected_int4(graph, node, kTraits, m.rows, m.in));
    if (int4) ways.push_back(std::move(*int4));
  }
  return Lowerings(std::move(ways));
}

}  // namespace

extern const OpInfo k_fully_connected{"FULLY_CONNECTED",
                                      verify,
                                      infer_shapes,
                                      cost,
                                      execute,
                                      lower,
                                      with_weights({.per_channel = false})};

}  // namespace thimble::ops
