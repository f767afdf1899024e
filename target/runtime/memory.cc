// memcpy and friends for programs without a C library: compilers call them even in freestanding
// code. Weak, so a C library's own versions win where they are linked in front.
#include <stddef.h>
#include <stdint.h>

#if !defined(__linux__) && !defined(__APPLE__) && !defined(_WIN32)

#if defined(__GNUC__) && !defined(__clang__)
// Otherwise GCC recognises these loops and makes memcpy call itself.
#pragma GCC optimize("no-tree-loop-distribute-patterns")
#endif

#define THIMBLE_WEAK __attribute__((weak))

namespace {

bool aligned(const void* a, const void* b) {
  return ((reinterpret_cast<uintptr_t>(a) | reinterpret_cast<uintptr_t>(b)) & 3u) == 0;
}

// Words may alias anything here: this is the implementation of memcpy itself.
typedef uint32_t __attribute__((may_alias)) AliasingWord;

// Reads before it writes, so that the loads of a turn follow each other.
struct FourWords {
  uint32_t a, b, c, d;
};

inline FourWords read_four(const AliasingWord* from) {
  return {from[0], from[1], from[2], from[3]};
}

inline void write_four(AliasingWord* to, const FourWords& words) {
  to[0] = words.a;
  to[1] = words.b;
  to[2] = words.c;
  to[3] = words.d;
}

}  // namespace

extern "C" {

THIMBLE_WEAK void* memcpy(void* destination, const void* source, size_t bytes) {
  auto* to = static_cast<uint8_t*>(destination);
  auto* from = static_cast<const uint8_t*>(source);
  if (aligned(to, from)) {
    for (; bytes >= 16; bytes -= 16, to += 16, from += 16)
      write_four(reinterpret_cast<AliasingWord*>(to),
                 read_four(reinterpret_cast<const AliasingWord*>(from)));
    for (; bytes >= 4; bytes -= 4, to += 4, from += 4)
      *reinterpret_cast<AliasingWord*>(to) = *reinterpret_cast<const AliasingWord*>(from);
  }
  for (; bytes > 0; --bytes) *to++ = *from++;
  return destination;
}

THIMBLE_WEAK void* memmove(void* destination, const void* source, size_t bytes) {
  auto* to = static_cast<uint8_t*>(destination);
  auto* from = static_cast<const uint8_t*>(source);
  if (to <= from) return memcpy(destination, source, bytes);
  while (bytes-- > 0) to[bytes] = from[bytes];
  return destination;
}

THIMBLE_WEAK void* memset(void* destination, int value, size_t bytes) {
  auto* to = static_cast<uint8_t*>(destination);
  const auto byte = static_cast<uint8_t>(value);
  const uint32_t word = byte * 0x01010101u;
  for (; bytes > 0 && (reinterpret_cast<uintptr_t>(to) & 3u); --bytes) *to++ = byte;
  for (; bytes >= 16; bytes -= 16, to += 16)
    write_four(reinterpret_cast<AliasingWord*>(to), {word, word, word, word});
  for (; bytes >= 4; bytes -= 4, to += 4) *reinterpret_cast<AliasingWord*>(to) = word;
  for (; bytes > 0; --bytes) *to++ = byte;
  return destination;
}

}  // extern "C"

#endif
