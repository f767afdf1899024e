// How far below its input the output of a sliding-window kernel must begin when the two share
// memory: the lead of ops::Overlap, found by walking over the output once on the host.
//
//   int64_t lead_of_window_walk(const WindowWalk& walk, WindowReads reads, int32_t block = 1);
//
//   lowering.overlap = Overlap{.input = 0,
//                              .lead_bytes = lead_of_window_walk(walk_of(window, 1, 1),
//                                                                WindowReads::kBlock, 2)};
//
// Assumed of the kernel: NHWC, outputs written in memory order, each once, and nothing else is
// written to the output or read from the input.
#pragma once

#include <cstdint>

#include "ops/conv_window.h"

namespace thimble::ops {

struct WindowWalk {
  int32_t batches = 1;
  int32_t in_h, in_w, in_c;
  int32_t out_h, out_w, out_c;
  int32_t filter_h, filter_w, pad_h, pad_w;
  Stride stride = {}, dilation = {};
  int32_t in_element_bytes = 1, out_element_bytes = 1;
};

WindowWalk walk_of(const ConvWindow& window, int32_t in_element_bytes, int32_t out_element_bytes);

// What a kernel has read of a block's windows when it writes the block's first output.
enum class WindowReads {
  kBlock,       // everything that the outputs of `block` consecutive pixels need (into registers or
                // scratch). Blocks begin anew in every image, not in every row. If in doubt about
                // the blocks, 1 is right for all of them: larger blocks only relax it.
  kWindow,      // nothing: one output element is written after another, each after the whole window
                // was read for it (reference convolutions). `block` must be 1.
  kOwnChannel,  // the same, but channel c reads only input channel c * in_c / out_c (pooling,
                // depthwise). `block` must be 1.
};

// Kernels' walks that are longer are not followed: the output lies beside the input.
inline constexpr int64_t kMostWalkSteps = int64_t{1} << 25;

// The smallest distance in bytes, input's address minus output's, from which on no output
// overwrites an input that is still to be read; never below minus the input's size. The output's
// size, which is enough for any walk, for one of more than kMostWalkSteps.
int64_t lead_of_window_walk(const WindowWalk& walk, WindowReads reads, int32_t block = 1);

}  // namespace thimble::ops
