// Float convolution with weights of half precision, see float_tiles.h: those of four channels
// become floats in scratch memory once for a block of tiles. Scratch: the sums of a tile, tiles *
// count * kTilePixels inputs, count * 4 weights.
#include "kernels/conv/float_tiles.h"
#include "kernels/conv/kernel.h"

namespace thimble::kernels {

void conv_half_tile(const ConvHalfTileParams& p, const float* input, float* output,
                    uint8_t* scratch) {
  auto* memory = reinterpret_cast<float*>(scratch);
  float* const decoded = memory + 4 * kTilePixels + p.tiles * p.count * kTilePixels;
  convolve_float_tiles(p, p.tiles, input, output, memory, [&p, decoded](int32_t channel) {
    const uint16_t* const weights = p.weights + channel * p.count;
    for (int32_t i = 0; i < 4 * p.count; i += 4) decode_four_halves(weights + i, decoded + i);
    return static_cast<const float*>(decoded);
  });
}

}  // namespace thimble::kernels
