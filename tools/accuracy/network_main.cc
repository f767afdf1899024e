// Runs a deployed network once and prints the bytes of its first output through semihosting: the
// same program runs on QEMU and on the simulated core.
#include "thimble_net.h"

namespace {

alignas(THIMBLE_NET_ARENA_ALIGNMENT) uint8_t arena[THIMBLE_NET_ARENA_BYTES];
char text[2 * THIMBLE_NET_OUTPUT_0_BYTES + 2];

void print(const char* string) {
  register uint32_t operation __asm__("r0") = 4;  // SYS_WRITE0
  register const char* argument __asm__("r1") = string;
  __asm__ volatile("bkpt #0xab" : "+r"(operation) : "r"(argument) : "memory");
}

template <typename Number>
Number input_value(uint32_t random) {
  if constexpr (sizeof(Number) == sizeof(float))
    return static_cast<Number>(static_cast<int32_t>(random)) * static_cast<Number>(0x1p-31);
  else
    return static_cast<Number>(random >> 24);
}

}  // namespace

int main() {
  if (thimble_net_init(arena, sizeof arena) != THIMBLE_OK) return 1;
  using Input = thimble_net_input_0_t;
  auto* input = static_cast<Input*>(thimble_net_input(arena, 0));
  uint32_t random = 1;
  for (size_t i = 0; i < THIMBLE_NET_INPUT_0_ELEMENTS; ++i) {
    random = random * 1664525u + 1013904223u;
    input[i] = input_value<Input>(random);
  }
  if (thimble_net_infer(arena) != THIMBLE_OK) return 1;
  const auto* output = static_cast<const uint8_t*>(thimble_net_output(arena, 0));
  for (size_t i = 0; i < THIMBLE_NET_OUTPUT_0_BYTES; ++i) {
    text[2 * i] = "0123456789abcdef"[output[i] >> 4];
    text[2 * i + 1] = "0123456789abcdef"[output[i] & 15];
  }
  text[2 * THIMBLE_NET_OUTPUT_0_BYTES] = '\n';
  print(text);
  return 0;
}
