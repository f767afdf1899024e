// Matrix product for cores without DSP instructions.
//
// A halfword holds the weights A + 256 * B of two channels for one input x. Its product with x,
// added up, is all = sum(A x) + 256 * sum(B x); the product with the halfword's low byte gives
// sum(A x), hence sum(B x) = (all - sum(A x)) / 256, which must fit 24 bits. Unpacking is cheaper
// this way than byte by byte. Inputs are extended to words once, in scratch memory.
#include "kernels/fully_connected/kernel.h"
#include "runtime/armv6m.h"

namespace thimble::kernels {
namespace {

constexpr int32_t kChannels = 4;

// Four channels: two words of weights for every two inputs.
struct Tile {
  const int32_t* inputs;
  const int32_t* inputs_end;
  const int32_t* weights;
  int32_t all[2], low[2];  // of the two pairs of channels
};

#if defined(__ARM_ARCH_6M__)
// r0, r1: inputs; r2, r3: where inputs and weights come from; r4, r5: weights; r6, r7: one input's
// weights and products; r8, r10: all; r9, r11: low; r12: inputs_end; lr: the tile.
#define PAIR(word, all, low) \
  "sxth r6, " word           \
  "\n\t"                     \
  "asrs " word ", " word     \
  ", #16\n\t"                \
  "sxtb r7, r6\n\t"          \
  "muls r6, r0, r6\n\t"      \
  "add " all                 \
  ", r6\n\t"                 \
  "muls r7, r0, r7\n\t"      \
  "add " low                 \
  ", r7\n\t"                 \
  "sxtb r7, " word           \
  "\n\t"                     \
  "muls " word ", r1, " word \
  "\n\t"                     \
  "add " all ", " word       \
  "\n\t"                     \
  "muls r7, r1, r7\n\t"      \
  "add " low ", r7\n\t"
#define STEP                \
  "ldmia r2!, {r0, r1}\n\t" \
  "ldmia r3!, {r4, r5}\n\t" PAIR("r4", "r8", "r9") PAIR("r5", "r10", "r11")
// Two steps a turn; where their number is odd the first turn begins in the middle.
__attribute__((naked, noinline)) void sum_rows(Tile*) {
  __asm__(THIMBLE_SAVE_REGISTERS
          "mov lr, r0\n\t"
          "ldmia r0!, {r2, r4}\n\t"
          "ldr r3, [r0]\n\t"
          "mov r12, r4\n\t"
          "movs r1, #0\n\t"
          "mov r8, r1\n\t"
          "mov r9, r1\n\t"
          "mov r10, r1\n\t"
          "mov r11, r1\n\t"
          "subs r4, r4, r2\n\t"
          "lsls r4, r4, #28\n\t"
          "bmi 2f\n\t"
          ".p2align 3\n"
          "1:\n\t" STEP "2:\n\t" STEP
          "cmp r2, r12\n\t"
          "bne 1b\n\t"
          "mov r0, lr\n\t"
          "adds r0, #12\n\t"
          "mov r1, r8\n\t"
          "mov r2, r10\n\t"
          "mov r3, r9\n\t"
          "mov r4, r11\n\t"
          "stmia r0!, {r1-r4}\n\t" THIMBLE_RESTORE_AND_RETURN);
}
#undef PAIR
#undef STEP
#else
__attribute__((noinline)) void sum_rows(Tile* tile) {
  const int32_t* words = tile->weights;
  uint32_t all[2] = {}, low[2] = {};
  for (const int32_t* x = tile->inputs; x != tile->inputs_end; x += 2)
    for (int i = 0; i < 2; ++i, ++words) {
      const int32_t first = static_cast<int16_t>(*words & 0xFFFF), second = *words >> 16;
      all[i] += static_cast<uint32_t>(first * x[0] + second * x[1]);
      low[i] += static_cast<uint32_t>(static_cast<int8_t>(first & 0xFF) * x[0] +
                                      static_cast<int8_t>(second & 0xFF) * x[1]);
    }
  for (int i = 0; i < 2; ++i) {
    tile->all[i] = static_cast<int32_t>(all[i]);
    tile->low[i] = static_cast<int32_t>(low[i]);
  }
}
#endif

}  // namespace

void fully_connected_s8_rows(const FullyConnectedS8RowsParams& p, const int8_t* input,
                             int8_t* output, uint8_t* scratch) {
  auto* inputs = reinterpret_cast<int32_t*>(scratch);
  Tile tile;
  tile.inputs = inputs;
  tile.inputs_end = inputs + 2 * p.steps;
  inputs[2 * p.steps - 1] = 0;  // for an odd number of inputs
  for (int32_t row = 0; row < p.rows; ++row, input += p.in, output += p.out) {
    for (int32_t i = 0; i < p.in; ++i) inputs[i] = input[i];
    tile.weights = p.weights;
    for (int32_t channel = 0; channel < p.out; channel += kChannels) {
      sum_rows(&tile);
      tile.weights += 2 * p.steps;
      for (int32_t i = 0; i < kChannels && channel + i < p.out; ++i) {
        const int32_t low = tile.low[i / 2], all = tile.all[i / 2];
        const int32_t sum =
            i % 2 == 0
                ? low
                : static_cast<int32_t>(static_cast<uint32_t>(all) - static_cast<uint32_t>(low)) >>
                      8;
        output[channel + i] = output_of(p, p.channels + kStagedWords * (channel + i), sum);
      }
    }
  }
}

}  // namespace thimble::kernels
