// The inner loops of the fast layers, for the processor at hand.
//
// All of them compute sums for up to kTilePixels output pixels and kLanes output channels at a time
// from an image with its border (see field.h). The portable version and the others give the same
// bits: integer sums are exact modulo 2^32, and float sums add in the order of the plain execution.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace thimble::exec::fast {

inline constexpr size_t kLanes = 8;       // channels of a tile
inline constexpr size_t kTilePixels = 8;  // pixels of a tile, at most

// What every output pixel reads: `count` runs of `length` elements, at these offsets from the
// pixel's own.
struct Runs {
  const int32_t* offsets;
  size_t count, length;
};

// How eight sums become int8: OutputStage of ops/mac_layer.h, lane by lane.
struct RescaleLanes {
  int32_t bias[kLanes], multiplier[kLanes], left[kLanes], right[kLanes];
};
struct RescaleRange {
  int32_t zero_point, min, max;
};

struct Kernels {
  std::string_view name;

  // out[i] = in[i] - zero
  void (*widen)(const int8_t* in, size_t count, int16_t zero, int16_t* out);

  // sums[pixel][lane] of all elements of all runs times their weights. `weights` are
  // [run][pair of elements][lane][2]; the last pair of an odd run has a zero weight, and the image
  // an element to read there. Weights lie within +-255, so that no pair of products leaves 32
  // bits.
  void (*int_product)(const int16_t* const* pixels, size_t count, const Runs& runs,
                      const int16_t* weights, int32_t* sums);

  // The same with one channel of the image for each lane: runs are single elements, `weights`
  // [pair of runs][lane][2], the last of an odd number of runs again with a zero weight.
  void (*int_depthwise)(const int16_t* const* pixels, size_t count, const Runs& runs,
                        const int16_t* weights, int32_t* sums);

  // `weights` are [run][element][lane]; every run is summed by itself first.
  void (*float_product)(const float* const* pixels, size_t count, const Runs& runs,
                        const float* weights, float* sums);

  // `weights` are [run][lane].
  void (*float_depthwise)(const float* const* pixels, size_t count, const Runs& runs,
                          const float* weights, float* sums);

  // sums[pixel][lane] to out[pixel * pitch + lane] for the first `channels` lanes.
  void (*rescale)(const int32_t* sums, size_t count, const RescaleLanes& lanes,
                  const RescaleRange& range, int8_t* out, size_t pitch, size_t channels);
};

const Kernels& portable_kernels();
const Kernels* avx2_kernels();  // nullptr: this processor has no AVX2

// The best there is.
const Kernels& kernels();

}  // namespace thimble::exec::fast
