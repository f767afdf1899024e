#include "ops/conv_2d/sparse.h"

#include "ops/conv_lowering.h"
#include "ops/sparse_rows.h"
#include "ops/window_overlap.h"

namespace thimble::ops {
namespace {

constexpr int32_t kPixels = 4;  // that the kernel computes at a time

// The expected time relative to that of the dense kernels, from cycles on a Cortex-M4 without wait
// states: layers of 12 to 46 channels with a quarter of their weights, within a tenth.
double relative_time(const ConvWindow& window, const SparseRows& rows, size_t row_bytes) {
  constexpr double kBlockCycles = 83, kChannelCycles = 120, kInputCycles = 9, kRowCycles = 100;
  constexpr double kDenseCycles = 1.03, kDenseOutputCycles = 15, kDenseInputCycles = 4.4;
  const auto channels = static_cast<double>(rows.blocks.size());
  const auto row = static_cast<double>(row_bytes);
  const double sparse = kBlockCycles * static_cast<double>(rows.words.size()) / 3 +
                        kChannelCycles * channels + kInputCycles * row +
                        kRowCycles * static_cast<double>(window.filter_h);
  const double dense =
      kPixels * (channels * (kDenseCycles * row + kDenseOutputCycles) + kDenseInputCycles * row);
  // This kernel computes four pixels where there are fewer, the dense ones two.
  const int64_t pixels = int64_t{window.out_h} * window.out_w;
  const auto sparse_pixels = static_cast<double>((pixels + kPixels - 1) / kPixels * kPixels);
  const auto dense_pixels = static_cast<double>((pixels + 1) / 2 * 2);
  return sparse / dense * sparse_pixels / dense_pixels;
}

}  // namespace

base::Result<std::optional<SparseWay>> lower_conv_sparse(const ir::Graph& graph,
                                                         const ir::Node& node,
                                                         const ConvWindow& window, bool has_dsp) {
  const MacLayer layer = MacLayer::of(graph, node, kConv2dTraits);
  const auto rows = layer.mode() == MacMode::kInt8 ? sparse_rows(layer) : std::nullopt;
  if (!rows) return std::optional<SparseWay>();
  THIMBLE_ASSIGN(KernelCall call, lower_mac_dsp(graph, node, kConv2dTraits, kConvKernels, {}));
  call.function = "conv_s8_sparse";
  call.params_type = "ConvS8SparseParams";
  call.source = "kernels/conv/conv_sparse.cc";
  const auto words = std::as_bytes(std::span(rows->words));
  call.constants[0].type = ir::DataType::kInt32;
  call.constants[0].bytes.assign(words.begin(), words.end());
  add_table<int16_t>(call, "blocks", ir::DataType::kInt16, rows->blocks);
  window.add_fields(call);
  call.fields.push_back({"input_zero_point", layer.input.zero_point()});
  const size_t row_bytes = window.taps() * static_cast<size_t>(window.in_c);
  call.scratch_bytes = kPixels * row_bytes + static_cast<size_t>(window.in_c);
  Lowering lowering{.calls = {std::move(call)},
                    .overlap = Overlap{.lead_bytes = lead_of_window_walk(
                                           walk_of(window, 1, 1), WindowReads::kBlock, kPixels)},
                    .variant = std::string(kSparseVariant)};
  // Without DSP instructions every product is an instruction, and its operands are loaded one by
  // one; the dense kernel does two at a time.
  constexpr double kWithoutDsp = 1.5;
  return SparseWay{std::move(lowering),
                   relative_time(window, *rows, row_bytes) * (has_dsp ? 1 : kWithoutDsp)};
}

}  // namespace thimble::ops
