// The firmware of `thimble bench`: one inference, nothing else. Whoever measures it writes the
// inputs into the arena when thimble_<model>_infer is entered and reads the outputs when it has
// returned, so the program needs no input, output or timer code of its own.
//
// Compiled with THIMBLE_HEADER ("thimble_<model>.h"), THIMBLE_MODEL (<model>) and
// THIMBLE_ARENA_BYTES.
#include THIMBLE_HEADER

#define JOIN_(a, b, c) a##b##c
#define JOIN(a, b, c) JOIN_(a, b, c)
#define MODEL_FUNCTION(name) JOIN(thimble_, THIMBLE_MODEL, name)

extern "C" {
alignas(16) uint8_t thimble_arena[THIMBLE_ARENA_BYTES];
}

int main() {
  if (MODEL_FUNCTION(_init)(thimble_arena, sizeof thimble_arena) != THIMBLE_OK) return 1;
  return MODEL_FUNCTION(_infer)(thimble_arena) == THIMBLE_OK ? 0 : 1;
}
