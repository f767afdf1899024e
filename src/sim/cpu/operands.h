// Turns functions of values into handlers: the function says what an instruction computes, the
// handler where the operands come from and where the result goes.
#pragma once

#include "sim/cpu/context.h"

namespace thimble::sim {

// d = f(m)
template <auto kFunction>
const Operation* unary(Context& x, const Operation* o) {
  x.state.r[o->d] = kFunction(x.state.r[o->m]);
  return o + 1;
}

// d = f(n, m)
template <auto kFunction>
const Operation* binary(Context& x, const Operation* o) {
  x.state.r[o->d] = kFunction(x.state.r[o->n], x.state.r[o->m]);
  return o + 1;
}

// d = f(n, m, a)
template <auto kFunction>
const Operation* ternary(Context& x, const Operation* o) {
  x.state.r[o->d] = kFunction(x.state.r[o->n], x.state.r[o->m], x.state.r[o->a]);
  return o + 1;
}

// d = f(state, n, m), for instructions that touch Q or GE
template <auto kFunction>
const Operation* binary_with_state(Context& x, const Operation* o) {
  x.state.r[o->d] = kFunction(x.state, x.state.r[o->n], x.state.r[o->m]);
  return o + 1;
}

// d = f(state, n, m, a)
template <auto kFunction>
const Operation* ternary_with_state(Context& x, const Operation* o) {
  x.state.r[o->d] = kFunction(x.state, x.state.r[o->n], x.state.r[o->m], x.state.r[o->a]);
  return o + 1;
}

// a:d = f(a:d, n, m), a being the upper word
template <auto kFunction>
const Operation* wide(Context& x, const Operation* o) {
  auto& r = x.state.r;
  const uint64_t old = uint64_t{r[o->a]} << 32 | r[o->d];
  const uint64_t result = kFunction(old, r[o->n], r[o->m]);
  r[o->d] = static_cast<uint32_t>(result);
  r[o->a] = static_cast<uint32_t>(result >> 32);
  return o + 1;
}

}  // namespace thimble::sim
