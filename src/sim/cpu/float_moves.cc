#include "sim/cpu/float_moves.h"

#include "sim/cpu/float_math.h"

namespace thimble::sim {
namespace {

template <unsigned kWords>
const Operation* copy(Context& x, const Operation* o) {
  for (unsigned i = 0; i < kWords; ++i) x.state.s[o->d + i] = x.state.s[o->m + i];
  return o + 1;
}

// imm to d; of a double-precision register to its upper word.
template <bool kDouble>
const Operation* constant(Context& x, const Operation* o) {
  x.state.s[o->d + (kDouble ? 1u : 0u)] = o->imm;
  if constexpr (kDouble) x.state.s[o->d] = 0;
  return o + 1;
}

// VLDR and VSTR: kWords at n + imm, or at imm.
template <unsigned kWords, bool kLiteral>
const Operation* load_registers(Context& x, const Operation* o) {
  const uint32_t address = kLiteral ? o->imm : x.state.r[o->n] + o->imm;
  std::array<uint32_t, kWords> words;
  if (!x.require_aligned(o, address, 4)) return nullptr;
  for (unsigned i = 0; i < kWords; ++i)
    if (!x.load(o, address + 4 * i, words[i])) return nullptr;
  for (unsigned i = 0; i < kWords; ++i) x.state.s[o->d + i] = words[i];
  return o + 1;
}

template <unsigned kWords>
const Operation* store_registers(Context& x, const Operation* o) {
  const uint32_t address = x.state.r[o->n] + o->imm;
  if (!x.require_aligned(o, address, 4)) return nullptr;
  for (unsigned i = 0; i < kWords; ++i)
    if (!x.store(o, address + 4 * i, x.state.s[o->d + i])) return nullptr;
  return x.after_store(o);
}

// VLDM and VSTM: imm words from d on, upwards from n, or downwards to it; a: write the base back.
template <bool kLoad, bool kDecrement>
const Operation* multiple(Context& x, const Operation* o) {
  const uint32_t bytes = 4 * o->imm;
  const uint32_t base = x.state.r[o->n];
  const uint32_t first = kDecrement ? base - bytes : base;
  if (!x.require_aligned(o, first, 4)) return nullptr;
  for (uint32_t i = 0; i < o->imm; ++i) {
    uint32_t& word = x.state.s[o->d + i];
    if (kLoad ? !x.load(o, first + 4 * i, word) : !x.store(o, first + 4 * i, word)) return nullptr;
  }
  if (o->a) x.state.r[o->n] = kDecrement ? first : base + bytes;
  return kLoad ? o + 1 : x.after_store(o);
}

const Operation* core_to_single(Context& x, const Operation* o) {
  x.state.s[o->d] = x.state.r[o->m];
  return o + 1;
}
const Operation* single_to_core(Context& x, const Operation* o) {
  x.state.r[o->d] = x.state.s[o->m];
  return o + 1;
}

// Two core registers d and n, two words from m on.
const Operation* pair_to_core(Context& x, const Operation* o) {
  x.state.r[o->d] = x.state.s[o->m];
  x.state.r[o->n] = x.state.s[o->m + 1u];
  return o + 1;
}
const Operation* core_to_pair(Context& x, const Operation* o) {
  x.state.s[o->m] = x.state.r[o->d];
  x.state.s[o->m + 1u] = x.state.r[o->n];
  return o + 1;
}

const Operation* status_to_flags(Context& x, const Operation* o) {
  CpuState& state = x.state;
  state.n = state.fpscr;
  state.z = ~state.fpscr & 1u << 30;
  state.c = state.fpscr >> 29 & 1;
  state.v = state.fpscr >> 28 & 1;
  return o + 1;
}
const Operation* status_to_core(Context& x, const Operation* o) {
  x.state.r[o->d] = read_fpscr(x.state);
  return o + 1;
}
const Operation* core_to_status(Context& x, const Operation* o) {
  write_fpscr(x.state, x.state.r[o->d]);
  return o + 1;
}

void decode_load_store(uint32_t code, const Site& site, bool doubles, Operation& op) {
  const uint32_t words = bits(code, 7, 0);
  const bool loads = bit(code, 20);
  const bool pre = bit(code, 24);
  const bool up = bit(code, 23);
  const bool write_back = bit(code, 21);
  op.n = reg_at(code, 16);
  op.d = static_cast<uint8_t>(bits(code, 15, 12) << 1 | (doubles ? 0 : bits(code, 22, 22)));
  if (doubles && bit(code, 22)) return;  // D16 to D31
  if (pre && !write_back) {
    op.imm = up ? 4 * words : 0 - 4 * words;
    const bool literal = op.n == kPc;
    if (literal) op.imm += site.aligned_pc();
    if (loads) {
      if (doubles) {
        op.run = literal ? load_registers<2, true> : load_registers<2, false>;
      } else {
        op.run = literal ? load_registers<1, true> : load_registers<1, false>;
      }
    } else if (!literal) {
      op.run = doubles ? store_registers<2> : store_registers<1>;
    }
    return;
  }
  if (pre == up || op.n == kPc) return;
  op.imm = doubles ? words & ~1u : words;
  op.a = write_back ? 1 : 0;
  if (op.imm == 0 || op.d + op.imm > 32) return;
  if (loads) {
    op.run = pre ? multiple<true, true> : multiple<true, false>;
  } else {
    op.run = pre ? multiple<false, true> : multiple<false, false>;
  }
}

void decode_pair(uint32_t code, bool doubles, Operation& op) {
  if (bits(code, 7, 6) != 0 || !bit(code, 4)) return;
  op.d = reg_at(code, 12);
  op.n = reg_at(code, 16);
  op.m = static_cast<uint8_t>(bits(code, 3, 0) << 1 | (doubles ? 0 : bits(code, 5, 5)));
  if (op.m == 31 || op.d == kPc || op.n == kPc || (doubles && bit(code, 5))) return;
  op.run = bit(code, 20) ? pair_to_core : core_to_pair;
}

void decode_single(uint32_t code, bool doubles, Decoded& out) {
  Operation& op = out.op;
  const bool to_core = bit(code, 20);
  const unsigned kind = bits(code, 23, 21);
  op.d = reg_at(code, 12);
  if (!doubles && kind == 7) {  // VMRS and VMSR; only the FPSCR is there
    if (bits(code, 19, 16) != 1) return;
    if (!to_core) {
      op.run = core_to_status;
    } else if (op.d == kPc) {
      op.run = status_to_flags;
      out.writes_flags = out.surely_writes = kAllFlags;
    } else {
      op.run = status_to_core;
    }
    return;
  }
  // VMOV of a word; in the double-precision encoding bit 21 chooses the half of Dn.
  if (op.d == kPc || (!doubles && kind != 0) || (doubles && (kind > 1 || bits(code, 6, 5) != 0)))
    return;
  const auto word = static_cast<uint8_t>(bits(code, 19, 16) << 1 |
                                         (doubles ? bits(code, 21, 21) : bits(code, 7, 7)));
  if (doubles && bit(code, 7)) return;
  if (to_core) {
    op.m = word;
    op.run = single_to_core;
  } else {
    op.m = op.d;
    op.d = word;
    op.run = core_to_single;
  }
}

}  // namespace

Handler float_copy(bool doubles) {
  return doubles ? copy<2> : copy<1>;
}

void decode_float_constant(uint32_t code, bool doubles, Operation& op) {
  if (bits(code, 7, 4) != 0) return;
  const uint32_t field = bits(code, 19, 16) << 4 | bits(code, 3, 0);
  const uint32_t sign = field >> 7 << 31;
  const uint32_t fraction = field & 0xF;
  const bool high_exponent = bit(field, 6);
  const uint32_t low_exponent = bits(field, 5, 4);
  if (doubles) {
    op.imm =
        sign | (high_exponent ? 0x3FC00000u : 0x40000000u) | low_exponent << 20 | fraction << 16;
    op.run = constant<true>;
  } else {
    op.imm =
        sign | (high_exponent ? 0x3E000000u : 0x40000000u) | low_exponent << 23 | fraction << 19;
    op.run = constant<false>;
  }
}

void decode_float_move(uint32_t code, const Site& site, Decoded& out) {
  const bool doubles = bit(code, 8);
  if (bits(code, 31, 24) == 0xEE) return decode_single(code, doubles, out);
  if (bits(code, 24, 21) == 0b0010) return decode_pair(code, doubles, out.op);
  decode_load_store(code, site, doubles, out.op);
}

}  // namespace thimble::sim
