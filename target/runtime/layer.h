// THIMBLE_LAYER: one function per layer, never merged, cloned or inlined, so that a profiler (or
// the simulator) can attribute time to layers with no code added.
#pragma once

#if defined(__clang__)
#define THIMBLE_LAYER __attribute__((noinline))
#elif defined(__GNUC__)
#define THIMBLE_LAYER __attribute__((noinline, noclone, no_icf))
#else
#define THIMBLE_LAYER
#endif
