// Loads and stores of every addressing mode, inside the scratch memory.
#include <algorithm>
#include <array>
#include <bit>

#include "tools/accuracy/fuzz/code_builder.h"

namespace thimble::accuracy {

KnownRegister* CodeBuilder::base_register(uint32_t limit, bool word_aligned) {
  std::array<KnownRegister*, 4> candidates{};
  uint32_t count = 0;
  auto consider = [&](KnownRegister& known) {
    if (known.number < limit && (!word_aligned || known.value % 4 == 0) &&
        known.value + 8 <= kScratchBytes)
      candidates[count++] = &known;
  };
  for (KnownRegister& known : pointers_) consider(known);
  consider(stack_);
  return count ? candidates[below(count)] : nullptr;
}

std::optional<uint32_t> CodeBuilder::list_of_registers(uint32_t allowed, uint32_t least,
                                                       uint32_t most) {
  uint32_t list = 0;
  const uint32_t wanted = least + below(5);
  for (uint32_t tries = 0; tries < wanted * 2; ++tries) {
    if (static_cast<uint32_t>(std::popcount(list)) >= std::min(wanted, most)) break;
    if (allowed) list |= 1u << random_register(allowed, 16, random_);
  }
  const auto count = static_cast<uint32_t>(std::popcount(list));
  if (count < least || count > most) return std::nullopt;
  return list;
}

bool CodeBuilder::try_memory() {
  using Method = bool (CodeBuilder::*)();
  struct Choice {
    uint32_t features;
    Method method;
  };
  static constexpr Choice kChoices[] = {
      {kV6M, &CodeBuilder::load_store_narrow},
      {kV6M, &CodeBuilder::load_store_register_narrow},
      {kV6M, &CodeBuilder::load_store_stack},
      {kV6M, &CodeBuilder::load_literal},
      {kV6M, &CodeBuilder::load_store_multiple_narrow},
      {kV7M, &CodeBuilder::load_store_wide},
      {kV7M, &CodeBuilder::load_store_indexed},
      {kV7M, &CodeBuilder::load_store_indexed},
      {kV7M, &CodeBuilder::load_store_register_wide},
      {kV7M, &CodeBuilder::load_literal_wide},
      {kV7M, &CodeBuilder::load_store_pair},
      {kV7M, &CodeBuilder::load_store_multiple_wide},
      {kSingle, &CodeBuilder::float_load_store},
      {kSingle, &CodeBuilder::float_literal},
      {kSingle, &CodeBuilder::float_load_store_multiple},
      {kV8M, &CodeBuilder::acquire_release},
  };
  for (int tries = 0; tries < 10; ++tries) {
    const Choice& choice = kChoices[below(std::size(kChoices))];
    if (has(choice.features) && (this->*choice.method)()) return true;
  }
  return false;
}

bool CodeBuilder::load_store_narrow() {
  const KnownRegister* base = base_register(8, false);
  if (!base) return false;
  static constexpr uint32_t kOpcodes[] = {0x7000, 0x8000, 0x6000};  // STRB, STRH, STR
  const uint32_t kind = below(3);
  const uint32_t size = 1u << kind;
  if (aligned_only() && base->value % size) return false;
  const uint32_t units = std::min((kScratchBytes - base->value) / size, 32u);
  const bool load = chance(50);
  emit16(kOpcodes[kind] | (load ? 0x800u : 0u) | below(units) << 6 | base->number << 3 |
         (load ? any_writable(8) : any_readable(8)));
  return true;
}

bool CodeBuilder::load_store_register_narrow() {
  const KnownRegister* base = base_register(8, false);
  if (!base || indices_[0].number >= 8) return false;
  static constexpr uint32_t kSizes[] = {4, 2, 1, 1,
                                        4, 2, 1, 2};  // STR STRH STRB LDRSB LDR LDRH ...
  const uint32_t operation = below(8);
  const uint32_t address = base->value + indices_[0].value;
  if (address + kSizes[operation] > kScratchBytes) return false;
  if (aligned_only() && address % kSizes[operation]) return false;
  const bool swap = chance(50);  // either register may be the pointer
  const uint32_t n = swap ? indices_[0].number : base->number;
  const uint32_t m = swap ? base->number : indices_[0].number;
  emit16(0x5000 | operation << 9 | m << 6 | n << 3 |
         (operation >= 3 ? any_writable(8) : any_readable(8)));
  return true;
}

bool CodeBuilder::load_store_stack() {
  const uint32_t words = (kScratchBytes - stack_.value) / 4;
  if (words == 0) return false;
  const bool load = chance(50);
  emit16(0x9000 | (load ? 0x800u : 0u) | (load ? any_writable(8) : any_readable(8)) << 8 |
         below(words));
  return true;
}

bool CodeBuilder::load_literal() {
  emit16(0x4800 | any_writable(8) << 8 | below(64));
  return true;
}

bool CodeBuilder::load_store_multiple_narrow() {
  KnownRegister* base = base_register(8, true);
  if (!base || conditional_) return false;
  const bool load = chance(50);
  const uint32_t allowed = load ? writable() & 0xFF : 0xFFu & ~(1u << base->number);
  const uint32_t room = (kScratchBytes - 8 - base->value) / 4;
  auto list = list_of_registers(allowed, 1, room);
  if (!list) return false;
  // As the lowest of a list, the base is stored as it was before.
  const uint32_t base_bit = 1u << base->number;
  const bool base_is_lowest = (*list & (base_bit - 1)) == 0;
  if (!load && base_is_lowest && std::popcount(*list) < static_cast<int>(room) && chance(50))
    *list |= base_bit;
  emit16(0xC000 | (load ? 0x800u : 0u) | base->number << 8 | *list);
  base->value += static_cast<uint32_t>(std::popcount(*list)) * 4;
  return true;
}

namespace {

// Size and sign of the wide single loads and stores: bits 22:21 and 24.
struct WideKind {
  uint32_t size_log2;
  bool load;
  bool is_signed;
  uint32_t bits() const {
    return size_log2 << 21 | (load ? 1u << 20 : 0u) | (is_signed ? 1u << 24 : 0u);
  }
};

WideKind random_kind(base::Random& random) {
  WideKind kind{static_cast<uint32_t>(random.integer(0, 2)), random.integer(0, 1) == 1, false};
  kind.is_signed = kind.load && kind.size_log2 < 2 && random.integer(0, 1) == 1;
  return kind;
}

}  // namespace

bool CodeBuilder::load_store_wide() {
  const KnownRegister* base = base_register(14, false);
  if (!base) return false;
  const WideKind kind = random_kind(random_);
  const uint32_t offset = below(kScratchBytes - base->value - (1u << kind.size_log2) + 1);
  const bool preload = kind.load && kind.size_log2 == 0 && chance(5);  // PLD, PLI
  const uint32_t t = preload ? 15 : kind.load ? any_writable(15) : any_readable(15);
  emit32(0xF8800000 | kind.bits() | base->number << 16 | t << 12 | offset);
  return true;
}

bool CodeBuilder::load_store_indexed() {
  KnownRegister* base = base_register(13, false);
  if (!base) return false;
  enum Mode : uint32_t { kNegative = 0xC00, kUnprivileged = 0xE00, kPre = 0xD00, kPost = 0x900 };
  static constexpr Mode kModes[] = {kNegative, kUnprivileged, kPre, kPost, kPre, kPost};
  const Mode mode = kModes[below(6)];
  const bool write_back = mode == kPre || mode == kPost;
  if (write_back && conditional_) return false;
  const WideKind kind = random_kind(random_);
  const uint32_t t = kind.load ? any_writable(15) : any_readable(15);
  if (write_back && t == base->number) return false;
  const uint32_t fixed = 0xF8000000 | kind.bits() | base->number << 16 | t << 12 | mode;
  const uint32_t up_room = kScratchBytes - 8 - base->value;
  const bool up = mode == kUnprivileged || (mode != kNegative && chance(50));
  const uint32_t room = std::min(up ? up_room : base->value, 255u);
  uint32_t offset = below(room + 1);
  if (chance(60) && write_back) offset &= ~3u;
  emit32(fixed | (up && write_back ? 0x200u : 0u) | offset);
  if (write_back) base->value = up ? base->value + offset : base->value - offset;
  return true;
}

bool CodeBuilder::load_store_register_wide() {
  const KnownRegister* base = base_register(14, false);
  if (!base) return false;
  const KnownRegister& index = indices_[below(2)];
  const WideKind kind = random_kind(random_);
  const uint32_t shift = below(4);
  const uint32_t address = base->value + (index.value << shift);
  if (address + (1u << kind.size_log2) > kScratchBytes) return false;
  const uint32_t t = kind.load ? any_writable(15) : any_readable(15);
  emit32(0xF8000000 | kind.bits() | base->number << 16 | t << 12 | shift << 4 | index.number);
  return true;
}

bool CodeBuilder::load_literal_wide() {
  // Code lies on both sides: the header of the case before, other cases behind.
  const bool up = chance(50);
  if (chance(25)) {
    const uint32_t t = any_writable(15);
    const uint32_t t2 = random_register(writable() & ~(1u << t), 15, random_);
    emit32(0xE95F0000 | (up ? 1u << 23 : 0u) | t << 12 | t2 << 8 | below(32));
    return true;
  }
  WideKind kind = random_kind(random_);
  kind.load = true;
  emit32(0xF80F0000 | kind.bits() | (up ? 1u << 23 : 0u) | any_writable(15) << 12 | below(200));
  return true;
}

bool CodeBuilder::load_store_pair() {
  KnownRegister* base = base_register(13, true);
  if (!base) return false;
  const bool load = chance(50);
  const uint32_t t = load ? any_writable(15) : any_readable(15);
  const uint32_t t2 =
      load ? random_register(writable() & ~(1u << t), 15, random_) : any_readable(15);
  const uint32_t mode = below(conditional_ ? 1 : 3);  // offset, pre, post
  const bool write_back = mode != 0;
  if (write_back && (t == base->number || t2 == base->number)) return false;
  const bool up = chance(50);
  const uint32_t room = (up ? kScratchBytes - 8 - base->value : base->value) / 4;
  const uint32_t offset = below(room + 1);
  emit32(0xE8400000 | (mode != 2 ? 1u << 24 : 0u) | (up ? 1u << 23 : 0u) |
         (write_back ? 1u << 21 : 0u) | (load ? 1u << 20 : 0u) | base->number << 16 | t << 12 |
         t2 << 8 | offset);
  if (write_back) base->value = up ? base->value + offset * 4 : base->value - offset * 4;
  return true;
}

bool CodeBuilder::load_store_multiple_wide() {
  KnownRegister* base = base_register(13, true);
  if (!base) return false;
  const bool load = chance(50);
  const bool down = chance(50);
  const bool write_back = !conditional_ && chance(50);
  uint32_t allowed = load ? writable() : readable();
  if (write_back) allowed &= ~(1u << base->number);
  const uint32_t room = down ? base->value : kScratchBytes - 8 - base->value;
  const auto list = list_of_registers(allowed, 2, room / 4);
  if (!list) return false;
  emit32((down ? 0xE9000000 : 0xE8800000) | (write_back ? 1u << 21 : 0u) | (load ? 1u << 20 : 0u) |
         base->number << 16 | *list);
  const uint32_t moved = static_cast<uint32_t>(std::popcount(*list)) * 4;
  if (write_back) base->value = down ? base->value - moved : base->value + moved;
  return true;
}

bool CodeBuilder::float_load_store() {
  const KnownRegister* base = base_register(14, true);
  if (!base) return false;
  const bool pair = chance(40);
  const bool up = chance(50);
  const uint32_t room = (up ? kScratchBytes - 8 - base->value : base->value) / 4;
  const uint32_t offset = below(room + 1);
  const uint32_t d = below(16) << 12 | (pair ? 0x100u : below(2) << 22);
  emit32(0xED000A00 | (up ? 1u << 23 : 0u) | (chance(50) ? 1u << 20 : 0u) | base->number << 16 | d |
         offset);
  return true;
}

bool CodeBuilder::float_literal() {
  const bool up = chance(50);
  const uint32_t d = below(16) << 12 | (chance(40) ? 0x100u : below(2) << 22);
  emit32(0xED1F0A00 | (up ? 1u << 23 : 0u) | d | below(32));
  return true;
}

bool CodeBuilder::float_load_store_multiple() {
  KnownRegister* base = base_register(13, true);
  if (!base) return false;
  const bool pairs = chance(50);
  const bool down = chance(50);
  const bool write_back = down || chance(50);
  if (write_back && conditional_) return false;
  const uint32_t room = (down ? base->value : kScratchBytes - 8 - base->value) / 4;
  const uint32_t count = 1 + below(6);
  const uint32_t words = pairs ? count * 2 : count;
  if (words > room) return false;
  const uint32_t first = pairs ? below(17 - count) : below(33 - count);
  const uint32_t d = pairs ? first << 12 | 0x100u : first >> 1 << 12 | (first & 1) << 22;
  emit32((down ? 0xED000A00 : 0xEC800A00) | (write_back ? 1u << 21 : 0u) |
         (chance(50) ? 1u << 20 : 0u) | base->number << 16 | d | words);
  if (write_back) base->value = down ? base->value - words * 4 : base->value + words * 4;
  return true;
}

bool CodeBuilder::acquire_release() {
  const KnownRegister* base = base_register(13, true);
  if (!base) return false;
  const bool load = chance(50);
  const uint32_t t = load ? any_writable(15) : any_readable(15);
  emit32((load ? 0xE8D00F8F : 0xE8C00F8F) | base->number << 16 | t << 12 | below(3) << 4);
  return true;
}

}  // namespace thimble::accuracy
