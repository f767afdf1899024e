// Winograd's convolution F(4x4, 3x3) in integers, for int8 on Armv7E-M.
//
// A tile of 4x4 outputs of a 3x3 convolution reads a window of 6x6 inputs d. Instead of 144
// products per pair of channels it takes 36:
//     y = A' [(G' g G'^T) * (B' d B'^T)] A'^T / (f_i f_j)
// where * is element by element, summed over the input channels, and
//     B' = 4  0 -5  0  1  0      G' = 6  0  0      A' = 1 -4 -4  1  1  0      f = 24
//          0 -4 -4  1  1  0           1  1  1           0 -2  2  1 -1  0          12
//          0  4 -4 -1  1  0           1 -1  1           0 -1 -1  1  1  0           6
//          0 -2 -1  2  1  0           1  2  4           0 -1  1  2 -2  1           6
//          0  2 -1 -2  1  0           1 -2  4
//          0  4  0 -5  0  1           0  0  6
// This is the textbook's transform with its fractions multiplied out row by row, so everything is
// an integer: transformed weights U = G' g G'^T are at most 49 * 128 in magnitude, and transformed
// inputs V = B' d B'^T lie in [-12750, 17340] when d is taken as 0 to 255, so both fit 16 bits. All
// sums are modulo 2^32. The factor f_i f_j is 9 * 2^k with k from 2 to 6: multiplying by the
// inverse of 9 modulo 2^32 gives 2^k y, and so y, exactly, as long as |y| < 2^25.
//
// Two input channels share a word as the integer low + 65536 high, which ordinary additions with
// shifted operands transform both at once. For the halves to be two's complement halfwords in the
// end low must not be negative: kWinogradOffset is added to it, and the sums begin with what takes
// that back.
#pragma once

#include <stdint.h>

namespace thimble::kernels {

constexpr int32_t kWinogradTile = 4;    // outputs in a row of a tile
constexpr int32_t kWinogradWindow = 6;  // inputs in a row of a window
constexpr int32_t kWinogradPositions = kWinogradWindow * kWinogradWindow;
constexpr int32_t kWinogradOffset = 12800;
constexpr uint32_t kInverseOf9 = 0x38E38E39u;
static_assert(kInverseOf9 * 9u == 1u, "modulo 2^32");

}  // namespace thimble::kernels
