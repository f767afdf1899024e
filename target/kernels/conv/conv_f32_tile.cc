// Float convolution, see float_tiles.h. Scratch: the sums of a tile, count * kTilePixels inputs.
#include "kernels/conv/float_tiles.h"
#include "kernels/conv/kernel.h"

namespace thimble::kernels {

void conv_f32_tile(const ConvF32TileParams& p, const float* input, float* output,
                   uint8_t* scratch) {
  convolve_float_tiles(p, 1, input, output, reinterpret_cast<float*>(scratch),
                       [&p](int32_t channel) { return p.weights + channel * p.count; });
}

}  // namespace thimble::kernels
