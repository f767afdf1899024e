// Float convolution with int8 weights, see float_tiles.h: those of four channels become floats in
// scratch memory once for a block of tiles. Scratch: the sums of a tile, tiles * count *
// kTilePixels inputs, count * 4 weights.
#include "kernels/conv/float_tiles.h"
#include "kernels/conv/kernel.h"

namespace thimble::kernels {

void conv_decoded_tile(const ConvDecodedTileParams& p, const float* input, float* output,
                       uint8_t* scratch) {
  auto* memory = reinterpret_cast<float*>(scratch);
  float* const decoded = memory + 4 * kTilePixels + p.tiles * p.count * kTilePixels;
  convolve_float_tiles(p, p.tiles, input, output, memory, [&p, decoded](int32_t channel) {
    decode_fours(p.weights + channel * p.count, p.weight_scales + channel, p.count, decoded);
    return static_cast<const float*>(decoded);
  });
}

}  // namespace thimble::kernels
