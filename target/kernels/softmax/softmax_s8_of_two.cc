// Softmax of int8 rows of two elements, as networks have that tell yes from no: a small table holds
// the outputs.
#include "kernels/softmax/kernel.h"

namespace thimble::kernels {

void softmax_s8_of_two(const SoftmaxOfTwoParams& p, const int8_t* input, int8_t* output) {
  for (int32_t row = 0; row < p.rows; ++row, input += 2, output += 2) {
    const int32_t difference = input[0] - input[1];
    const int32_t distance = difference < 0 ? -difference : difference;
    const int32_t smaller = distance < p.count ? p.smaller[distance] : INT8_MIN;
    const int32_t larger = smaller == INT8_MIN ? INT8_MAX : -smaller;
    output[0] = static_cast<int8_t>(difference < 0 ? smaller : larger);
    output[1] = static_cast<int8_t>(difference < 0 ? larger : smaller);
  }
}

}  // namespace thimble::kernels
