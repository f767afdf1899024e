// What MAX_POOL_2D and AVERAGE_POOL_2D share: attributes, shapes, the walk over windows.
#pragma once

#include "ops/activation.h"
#include "ops/op.h"
#include "ops/quantization.h"
#include "ops/window.h"

namespace thimble::ops {

struct PoolWindow {
  int32_t batches, in_h, in_w, out_h, out_w, channels;
  int32_t filter_h, filter_w, pad_h, pad_w;
  Stride stride;

  // The node must have passed verify_pool.
  static PoolWindow of(const ir::Graph& graph, const ir::Node& node);

  // The part of one window that lies inside the input: rows [h0, h1), columns [w0, w1) of a batch.
  struct Taps {
    int32_t batch, h0, h1, w0, w1;
    int32_t count() const { return (h1 - h0) * (w1 - w0); }
  };

  // Calls f(taps, channel) for every output element in memory order.
  template <typename F>
  void for_each_output(F f) const {
    for (int32_t n = 0; n < batches; ++n)
      for (int32_t y = 0; y < out_h; ++y)
        for (int32_t x = 0; x < out_w; ++x) {
          int32_t h = y * stride.h - pad_h, w = x * stride.w - pad_w;
          Taps taps{n, std::max(h, 0), std::min(h + filter_h, in_h), std::max(w, 0),
                    std::min(w + filter_w, in_w)};
          for (int32_t c = 0; c < channels; ++c) f(taps, c);
        }
  }

  // Calls f(offset of the input element) for every tap of one channel.
  template <typename F>
  void for_each_tap(const Taps& taps, int32_t channel, F f) const {
    for (int32_t h = taps.h0; h < taps.h1; ++h)
      for (int32_t w = taps.w0; w < taps.w1; ++w)
        f(((int64_t{taps.batch} * in_h + h) * in_w + w) * channels + channel);
  }
};

base::Result<> verify_pool(const ir::Graph& graph, const ir::Node& node);
base::Result<std::vector<ir::Shape>> infer_pool_shapes(const ir::Graph& graph,
                                                       const ir::Node& node);

// `kernel`: "max_pool" or "average_pool"; the variant follows from the data type and the target.
base::Result<Lowerings> lower_pool(const ir::Graph& graph, const ir::Node& node,
                                   const LowerTarget& target, std::string_view kernel);

}  // namespace thimble::ops
