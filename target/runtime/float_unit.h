// THIMBLE_FLOAT_UNIT: the processor computes in single precision. On microcontrollers such a unit
// also converts from half precision.
#pragma once

#if defined(__ARM_FP) && defined(__thumb2__)
#if (__ARM_FP & 4) != 0
#define THIMBLE_FLOAT_UNIT 1
#endif
#endif
