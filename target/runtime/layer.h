// What the generated source asks of the compiler.
//
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

// THIMBLE_IN_RAM: an array that is copied to RAM with the initialized variables when the program
// starts, because reading it from flash would wait. A section of its own, as compilers move
// variables that nobody writes back to flash.
#if defined(__GNUC__) && defined(__ELF__)
#define THIMBLE_IN_RAM __attribute__((section(".data.thimble_weights")))
#else
#define THIMBLE_IN_RAM
#endif
