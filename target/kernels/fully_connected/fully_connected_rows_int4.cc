// Matrix product for cores without DSP instructions, with weights of four bits.
//
// A word has the weights of four channels A, B, C and D for two inputs, each plus 8. Masked, it
// holds those of A and, 16 bits higher, B for one input x, and one product adds x * A + 65536 * x *
// B to a sum. Sixteen of these stay within 16 bits each; then the sum is taken apart: `high` adds
// up the upper halves, rounded, and `all` everything modulo 2^32, so that the sum of A is all -
// 65536 * high. Inputs are extended to words once, in scratch memory.
#include "kernels/fully_connected/kernel.h"
#include "runtime/armv6m.h"

namespace thimble::kernels {
namespace {

constexpr int32_t kChannels = 4, kInputsPerWord = 2;

// The assembly knows the order of the members.
struct Tile {
  const int32_t* inputs;
  const int32_t* inputs_end;
  const int32_t* weights;
  uint32_t all[2], high[2];  // of the pairs A, B and C, D
};

#if defined(__ARM_ARCH_6M__)
// r0, r1: where inputs and weights come from; r2, r3: inputs; r4: weights; r5: the mask; r6, r7:
// one input's weights and products; r8, r9: sums since they were last taken apart; r10, r11: high;
// r12: where the next sixteen inputs begin; lr: inputs_end. On the stack: all, the tile.
#define PAIR(input, sum) \
  "ands r6, r5\n\t"      \
  "muls r6, " input      \
  ", r6\n\t"             \
  "add " sum ", r6\n\t"
#define STEP                                                     \
  "ldmia r0!, {r2, r3}\n\t"                                      \
  "ldmia r1!, {r4}\n\t"                                          \
  "movs r6, r4\n\t" PAIR("r2", "r8") "lsrs r6, r4, #4\n\t" PAIR( \
      "r2", "r9") "lsrs r6, r4, #8\n\t" PAIR("r3", "r8") "lsrs r6, r4, #12\n\t" PAIR("r3", "r9")
// ASRS leaves bit 15 in the carry, which rounds.
#define TAKE_APART(all, sum, high) \
  "ldr r2, " all                   \
  "\n\t"                           \
  "mov r6, " sum                   \
  "\n\t"                           \
  "adds r2, r2, r6\n\t"            \
  "str r2, " all                   \
  "\n\t"                           \
  "asrs r6, r6, #16\n\t"           \
  "mov r7, " high                  \
  "\n\t"                           \
  "adcs r7, r6\n\t"                \
  "mov " high ", r7\n\t"
__attribute__((naked, noinline)) void sum_nibbles(Tile*) {
  __asm__(
      THIMBLE_SAVE_REGISTERS
      "movs r4, #0\n\t"
      "movs r5, #0\n\t"
      "movs r6, r0\n\t"
      "push {r4, r5, r6}\n\t"
      "mov r8, r4\n\t"
      "mov r9, r4\n\t"
      "mov r10, r4\n\t"
      "mov r11, r4\n\t"
      "ldmia r0!, {r2, r3}\n\t"
      "ldr r1, [r0]\n\t"
      "movs r0, r2\n\t"
      "mov lr, r3\n\t"
      "movs r5, #15\n\t"
      "lsls r6, r5, #16\n\t"
      "orrs r5, r6\n"
      "1:\n\t"
      "movs r2, r0\n\t"
      "adds r2, #64\n\t"
      "cmp r2, lr\n\t"
      "bls 2f\n\t"
      "mov r2, lr\n"
      "2:\n\t"
      "mov r12, r2\n\t"
      ".p2align 3\n"
      "3:\n\t" STEP STEP
      "cmp r0, r12\n\t"
      "bne 3b\n\t" TAKE_APART("[sp]", "r8", "r10") TAKE_APART("[sp, #4]", "r9", "r11")
      "movs r6, #0\n\t"
      "mov r8, r6\n\t"
      "mov r9, r6\n\t"
      "cmp r0, lr\n\t"
      "bne 1b\n\t"
      "pop {r2, r3, r4}\n\t"
      "adds r4, #12\n\t"
      "mov r5, r10\n\t"
      "mov r6, r11\n\t"
      "stmia r4!, {r2, r3, r5, r6}\n\t"
      THIMBLE_RESTORE_AND_RETURN);
}
#undef PAIR
#undef STEP
#undef TAKE_APART
#else
__attribute__((noinline)) void sum_nibbles(Tile* tile) {
  constexpr uint32_t kMask = 0x000F000Fu;
  constexpr int32_t kTogether = 16;
  tile->all[0] = tile->all[1] = tile->high[0] = tile->high[1] = 0;
  const int32_t* weights = tile->weights;
  for (const int32_t* x = tile->inputs; x != tile->inputs_end;) {
    uint32_t sums[2] = {};
    for (int32_t i = 0; i < kTogether && x != tile->inputs_end; i += kInputsPerWord) {
      auto nibbles = static_cast<uint32_t>(*weights++);
      for (int32_t k = 0; k < kInputsPerWord; ++k, ++x)
        for (uint32_t& sum : sums) {
          sum += (nibbles & kMask) * static_cast<uint32_t>(*x);
          nibbles >>= 4;
        }
    }
    for (int i = 0; i < 2; ++i) {
      tile->all[i] += sums[i];
      tile->high[i] += static_cast<uint32_t>(static_cast<int32_t>(sums[i] + 0x8000u) >> 16);
    }
  }
}
#endif

// Extends a row of inputs and returns what every channel's sum is too large by.
int32_t extend(const int8_t* input, int32_t count, int32_t* to) {
  constexpr int32_t kOffset = 8;
  int32_t sum = 0;
  for (int32_t i = 0; i < count; ++i) {
    to[i] = input[i];
    sum += input[i];
  }
  return kOffset * sum;
}

}  // namespace

void fully_connected_s4_rows(const FullyConnectedS8RowsParams& p, const int8_t* input,
                             int8_t* output, uint8_t* scratch) {
  const int32_t inputs_in_words = kInputsPerWord * p.steps;
  auto* inputs = reinterpret_cast<int32_t*>(scratch);
  Tile tile;
  tile.inputs = inputs;
  tile.inputs_end = inputs + inputs_in_words;
  for (int32_t i = p.in; i < inputs_in_words; ++i) inputs[i] = 0;
  for (int32_t row = 0; row < p.rows; ++row, input += p.in, output += p.out) {
    const int32_t excess = extend(input, p.in, inputs);
    tile.weights = p.weights;
    for (int32_t channel = 0; channel < p.out; channel += kChannels) {
      sum_nibbles(&tile);
      tile.weights += p.steps;
      for (int32_t i = 0; i < kChannels && channel + i < p.out; ++i) {
        const uint32_t all = tile.all[i / 2], high = tile.high[i / 2];
        const auto sum = static_cast<int32_t>(i % 2 == 0 ? all - (high << 16) : high);
        output[channel + i] = output_of(p, p.channels + kStagedWords * (channel + i), sum - excess);
      }
    }
  }
}

}  // namespace thimble::kernels
