#include "sim/cpu/memory_access.h"

#include <bit>

#include "base/check.h"

namespace thimble::sim {
namespace {

template <Addressing kMode>
uint32_t address_of(const CpuState& state, const Operation* o) {
  if constexpr (kMode == Addressing::kLiteral) return o->imm;
  if constexpr (kMode == Addressing::kPostIndexed) return state.r[o->n];
  if constexpr (kMode == Addressing::kRegister) return state.r[o->n] + (state.r[o->m] << o->a);
  return state.r[o->n] + o->imm;
}

template <Addressing kMode>
void write_back(CpuState& state, const Operation* o) {
  if constexpr (kMode == Addressing::kPreIndexed || kMode == Addressing::kPostIndexed)
    state.r[o->n] += o->imm;
}

template <typename T, Addressing kMode>
const Operation* load(Context& x, const Operation* o) {
  T value;
  if (!x.load(o, address_of<kMode>(x.state, o), value)) return nullptr;
  write_back<kMode>(x.state, o);
  x.state.r[o->d] = static_cast<uint32_t>(value);
  return o + 1;
}

template <Addressing kMode>
const Operation* load_pc(Context& x, const Operation* o) {
  const uint32_t address = address_of<kMode>(x.state, o);
  uint32_t target;
  if (!x.require_aligned(o, address, 4) || !x.load(o, address, target)) return nullptr;
  write_back<kMode>(x.state, o);
  return x.jump(o, target);
}

template <typename T, Addressing kMode>
const Operation* store(Context& x, const Operation* o) {
  if (!x.store(o, address_of<kMode>(x.state, o), static_cast<T>(x.state.r[o->d]))) return nullptr;
  write_back<kMode>(x.state, o);
  return x.after_store(o);
}

template <Addressing kMode>
const Operation* load_pair(Context& x, const Operation* o) {
  const uint32_t address = address_of<kMode>(x.state, o);
  uint32_t first;
  uint32_t second;
  if (!x.require_aligned(o, address, 4) || !x.load(o, address, first) ||
      !x.load(o, address + 4, second))
    return nullptr;
  write_back<kMode>(x.state, o);
  x.state.r[o->d] = first;
  x.state.r[o->m] = second;
  return o + 1;
}

template <Addressing kMode>
const Operation* store_pair(Context& x, const Operation* o) {
  const uint32_t address = address_of<kMode>(x.state, o);
  if (!x.require_aligned(o, address, 4) || !x.store(o, address, x.state.r[o->d]) ||
      !x.store(o, address + 4, x.state.r[o->m]))
    return nullptr;
  write_back<kMode>(x.state, o);
  return x.after_store(o);
}

uint32_t first_address(uint32_t base, uint32_t list, bool decrement) {
  return decrement ? base - 4 * static_cast<uint32_t>(std::popcount(list)) : base;
}

template <bool kDecrement, bool kWriteBack>
const Operation* load_multiple(Context& x, const Operation* o) {
  CpuState& state = x.state;
  const uint32_t list = o->imm;
  const uint32_t base = first_address(state.r[o->n], list, kDecrement);
  if (!x.require_aligned(o, base, 4)) return nullptr;
  // A load that fails half-way must leave the base as it was, for whoever reads the report.
  std::array<uint32_t, 16> loaded;
  uint32_t address = base;
  for (uint32_t left = list; left != 0; left &= left - 1, address += 4)
    if (!x.load(o, address, loaded[static_cast<size_t>(std::countr_zero(left))])) return nullptr;
  if constexpr (kWriteBack) state.r[o->n] = kDecrement ? base : address;
  for (uint32_t left = list & 0x7FFF; left != 0; left &= left - 1) {
    const auto i = static_cast<size_t>(std::countr_zero(left));
    state.r[i] = loaded[i];
  }
  return list >> kPc ? x.jump(o, loaded[kPc]) : o + 1;
}

template <bool kDecrement, bool kWriteBack>
const Operation* store_multiple(Context& x, const Operation* o) {
  CpuState& state = x.state;
  const uint32_t base = first_address(state.r[o->n], o->imm, kDecrement);
  if (!x.require_aligned(o, base, 4)) return nullptr;
  uint32_t address = base;
  for (uint32_t left = o->imm; left != 0; left &= left - 1, address += 4)
    if (!x.store(o, address, state.r[static_cast<size_t>(std::countr_zero(left))])) return nullptr;
  if constexpr (kWriteBack) state.r[o->n] = kDecrement ? base : address;
  return x.after_store(o);
}

template <typename T>
const Operation* load_exclusive(Context& x, const Operation* o) {
  const uint32_t address = x.state.r[o->n] + o->imm;
  T value;
  if (!x.require_aligned(o, address, sizeof(T)) || !x.load(o, address, value)) return nullptr;
  x.state.exclusive = true;
  x.state.r[o->d] = value;
  return o + 1;
}

template <typename T>
const Operation* store_exclusive(Context& x, const Operation* o) {
  const uint32_t address = x.state.r[o->n] + o->imm;
  if (!x.require_aligned(o, address, sizeof(T))) return nullptr;
  if (!x.state.exclusive) {
    x.state.r[o->d] = 1;
    return o + 1;
  }
  if (!x.store(o, address, static_cast<T>(x.state.r[o->m]))) return nullptr;
  x.state.exclusive = false;
  x.state.r[o->d] = 0;
  return x.after_store(o);
}

const Operation* clear_exclusive(Context& x, const Operation* o) {
  x.state.exclusive = false;
  return o + 1;
}

template <typename T>
const Operation* load_acquire(Context& x, const Operation* o) {
  if (!x.require_aligned(o, x.state.r[o->n], sizeof(T))) return nullptr;
  return load<T, Addressing::kOffset>(x, o);
}

template <typename T>
const Operation* store_release(Context& x, const Operation* o) {
  if (!x.require_aligned(o, x.state.r[o->n], sizeof(T))) return nullptr;
  return store<T, Addressing::kOffset>(x, o);
}

template <typename T>
Handler load_with(Addressing addressing) {
  switch (addressing) {
    case Addressing::kOffset:
      return load<T, Addressing::kOffset>;
    case Addressing::kPreIndexed:
      return load<T, Addressing::kPreIndexed>;
    case Addressing::kPostIndexed:
      return load<T, Addressing::kPostIndexed>;
    case Addressing::kRegister:
      return load<T, Addressing::kRegister>;
    case Addressing::kLiteral:
      return load<T, Addressing::kLiteral>;
  }
  CHECK(false);
}

template <typename T>
Handler store_with(Addressing addressing) {
  switch (addressing) {
    case Addressing::kOffset:
      return store<T, Addressing::kOffset>;
    case Addressing::kPreIndexed:
      return store<T, Addressing::kPreIndexed>;
    case Addressing::kPostIndexed:
      return store<T, Addressing::kPostIndexed>;
    case Addressing::kRegister:
      return store<T, Addressing::kRegister>;
    case Addressing::kLiteral:
      break;
  }
  CHECK(false, "there is no store to a literal");
}

}  // namespace

Handler load_handler(LoadKind kind, Addressing addressing) {
  switch (kind) {
    case LoadKind::kByte:
      return load_with<uint8_t>(addressing);
    case LoadKind::kSignedByte:
      return load_with<int8_t>(addressing);
    case LoadKind::kHalf:
      return load_with<uint16_t>(addressing);
    case LoadKind::kSignedHalf:
      return load_with<int16_t>(addressing);
    case LoadKind::kWord:
      return load_with<uint32_t>(addressing);
  }
  CHECK(false);
}

Handler load_pc_handler(Addressing addressing) {
  switch (addressing) {
    case Addressing::kOffset:
      return load_pc<Addressing::kOffset>;
    case Addressing::kPreIndexed:
      return load_pc<Addressing::kPreIndexed>;
    case Addressing::kPostIndexed:
      return load_pc<Addressing::kPostIndexed>;
    case Addressing::kRegister:
      return load_pc<Addressing::kRegister>;
    case Addressing::kLiteral:
      return load_pc<Addressing::kLiteral>;
  }
  CHECK(false);
}

Handler store_handler(StoreKind kind, Addressing addressing) {
  switch (kind) {
    case StoreKind::kByte:
      return store_with<uint8_t>(addressing);
    case StoreKind::kHalf:
      return store_with<uint16_t>(addressing);
    case StoreKind::kWord:
      return store_with<uint32_t>(addressing);
  }
  CHECK(false);
}

Handler load_pair_handler(Addressing addressing) {
  switch (addressing) {
    case Addressing::kOffset:
      return load_pair<Addressing::kOffset>;
    case Addressing::kPreIndexed:
      return load_pair<Addressing::kPreIndexed>;
    case Addressing::kPostIndexed:
      return load_pair<Addressing::kPostIndexed>;
    case Addressing::kLiteral:
      return load_pair<Addressing::kLiteral>;
    case Addressing::kRegister:
      break;
  }
  CHECK(false);
}

Handler store_pair_handler(Addressing addressing) {
  switch (addressing) {
    case Addressing::kOffset:
      return store_pair<Addressing::kOffset>;
    case Addressing::kPreIndexed:
      return store_pair<Addressing::kPreIndexed>;
    case Addressing::kPostIndexed:
      return store_pair<Addressing::kPostIndexed>;
    default:
      CHECK(false);
  }
}

Handler load_multiple_handler(bool decrement, bool write_back) {
  if (decrement) return write_back ? load_multiple<true, true> : load_multiple<true, false>;
  return write_back ? load_multiple<false, true> : load_multiple<false, false>;
}

Handler store_multiple_handler(bool decrement, bool write_back) {
  if (decrement) return write_back ? store_multiple<true, true> : store_multiple<true, false>;
  return write_back ? store_multiple<false, true> : store_multiple<false, false>;
}

Handler load_exclusive_handler(LoadKind kind) {
  if (kind == LoadKind::kByte) return load_exclusive<uint8_t>;
  return kind == LoadKind::kHalf ? load_exclusive<uint16_t> : load_exclusive<uint32_t>;
}

Handler store_exclusive_handler(StoreKind kind) {
  if (kind == StoreKind::kByte) return store_exclusive<uint8_t>;
  return kind == StoreKind::kHalf ? store_exclusive<uint16_t> : store_exclusive<uint32_t>;
}

Handler clear_exclusive_handler() {
  return clear_exclusive;
}

Handler load_acquire_handler(LoadKind kind) {
  if (kind == LoadKind::kByte) return load_acquire<uint8_t>;
  return kind == LoadKind::kHalf ? load_acquire<uint16_t> : load_acquire<uint32_t>;
}

Handler store_release_handler(StoreKind kind) {
  if (kind == StoreKind::kByte) return store_release<uint8_t>;
  return kind == StoreKind::kHalf ? store_release<uint16_t> : store_release<uint32_t>;
}

}  // namespace thimble::sim
