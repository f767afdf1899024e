// Any function of an int8.
#include "kernels/activation/kernel.h"

namespace thimble::kernels {

void lookup_s8_ref(const LookupParams& p, const int8_t* input, int8_t* output) {
  const int8_t* table = p.table + 128;
  int32_t left = p.count;
  // Reads before it writes, as the compiler cannot know that the output is not the table.
  for (; left >= 4; left -= 4, input += 4, output += 4) {
    const int8_t a = table[input[0]], b = table[input[1]], c = table[input[2]], d = table[input[3]];
    output[0] = a;
    output[1] = b;
    output[2] = c;
    output[3] = d;
  }
  for (; left > 0; --left) *output++ = table[*input++];
}

}  // namespace thimble::kernels
