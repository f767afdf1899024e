#include "tools/accuracy/fuzz/code_builder.h"

#include <algorithm>
#include <bit>

namespace thimble::accuracy {

CodeBuilder::CodeBuilder(uint32_t features, base::Random& random)
    : features_(features), random_(random) {
  // Three pointers, one of them low, and two indices; enough low registers stay free.
  uint32_t free = 0x1FFF;
  auto take = [&](uint32_t limit) {
    const uint32_t r = random_register(free, limit, random_);
    free &= ~(1u << r);
    return r;
  };
  for (uint32_t limit : {8u, 8u, 13u})
    pointers_.push_back({take(limit), below(kScratchBytes / 4 - 8) * 4});
  for (uint32_t limit : {8u, 13u}) indices_.push_back({take(limit), below(8) * 4});
  if (!aligned_only()) {
    if (chance(30)) pointers_[1].value += below(4);
    if (chance(70)) indices_[1].value = below(24);
  }
  initial_pointers_ = pointers_;
  initial_indices_ = indices_;
}

uint32_t CodeBuilder::writable() const {
  uint32_t mask = readable() & ~reserved_;
  for (const KnownRegister& known : pointers_) mask &= ~(1u << known.number);
  for (const KnownRegister& known : indices_) mask &= ~(1u << known.number);
  return mask;
}

size_t CodeBuilder::emit16(uint32_t word, PieceKind kind) {
  code_.push_back({{word, 2}, kind});
  size_bytes_ += 2;
  return code_.size() - 1;
}

size_t CodeBuilder::emit32(uint32_t word, PieceKind kind) {
  code_.push_back({{word, 4}, kind});
  size_bytes_ += 4;
  return code_.size() - 1;
}

void CodeBuilder::align4() {
  if (size_bytes_ % 4) emit16(0xBF00);
}

void CodeBuilder::add_encoding(const std::vector<Encoding>& table) {
  for (;;) {
    const Encoding& encoding = table[below(static_cast<uint32_t>(table.size()))];
    if (!has(encoding.features)) continue;
    if ((encoding.context & kOutsideIt) && in_it_block_) continue;
    if ((encoding.context & kRare) && !chance(10)) continue;
    const Instruction instruction = random_instruction(encoding, {writable(), readable()}, random_);
    if (instruction.size_bytes == 2)
      emit16(instruction.word);
    else
      emit32(instruction.word);
    return;
  }
}

void CodeBuilder::add_simple(bool in_it_block) {
  in_it_block_ = in_it_block;
  const uint32_t kind = below(100);
  if (kind < 30 && try_memory()) {
  } else if (kind < 55 && has(kSingle)) {
    add_encoding(float_encodings());
  } else {
    add_encoding(integer_encodings());
  }
  in_it_block_ = false;
}

void CodeBuilder::add_body(int units) {
  const Conditional conditional(*this);
  for (int i = 0; i < units; ++i) add_unit();
}

void CodeBuilder::add_unit() {
  const uint32_t kind = below(100);
  const bool may_nest = depth_ < 2;
  if (kind < 3 && may_nest) return add_skip();
  if (kind < 4 && may_nest) return add_loop();
  if (kind < 6 && may_nest) return add_computed_branch();
  if (kind < 7 && may_nest && has(kV7M)) return add_table_branch();
  if (kind < 12 && has(kV7M)) return add_if_then();
  if (kind < 14 && has(kV7M)) return add_exclusive();
  if (kind < 18 && !conditional_) return add_stack_group();
  if (kind < 20 && !conditional_) return move_pointer();
  if (kind < 22 && !conditional_) return change_index();
  if (kind < 23 && !conditional_) return load_multiple_with_base();
  add_simple(false);
}

void CodeBuilder::finish() {
  while (stack_.value != kStackOffset) {
    const bool add = stack_.value < kStackOffset;
    const uint32_t distance = add ? kStackOffset - stack_.value : stack_.value - kStackOffset;
    const uint32_t step = std::min(distance, 127u * 4);
    emit16(0xB000 | (add ? 0u : 0x80u) | step / 4);
    stack_.value = add ? stack_.value + step : stack_.value - step;
  }
}

void CodeBuilder::add_if_then() {
  const uint32_t condition = below(15);
  const uint32_t count = 1 + below(4);
  uint32_t mask = 0;
  for (uint32_t i = 1; i < count; ++i) {
    const bool otherwise = condition != 14 && chance(50);
    mask = mask << 1 | ((condition & 1) ^ (otherwise ? 1u : 0u));
  }
  mask = (mask << 1 | 1) << (4 - count);
  emit16(0xBF00 | condition << 4 | mask);
  const Conditional conditional(*this);
  const bool ends_with_branch = chance(15) && depth_ < 2;
  for (uint32_t i = 0; i + 1 < count; ++i) add_simple(true);
  if (!ends_with_branch) return add_simple(true);
  const bool wide = chance(30);
  const size_t branch = wide ? emit32(0) : emit16(0);
  const uint32_t start = size_bytes_;
  ++depth_;
  add_body(1 + static_cast<int>(below(3)));
  --depth_;
  const uint32_t distance = size_bytes_ - start;
  code_[branch].instruction.word =
      wide ? 0xF000B800 | distance >> 1 : 0xE000 | ((distance - 2) >> 1 & 0x7FF);
}

void CodeBuilder::add_skip() {
  enum Kind { kConditional, kAlways, kCall, kConditionalWide, kAlwaysWide, kCompare };
  const auto kind = static_cast<Kind>(below(has(kV7M) ? 6 : 3));
  const bool wide = kind == kCall || kind == kConditionalWide || kind == kAlwaysWide;
  const size_t branch = wide ? emit32(0) : emit16(0);
  const uint32_t start = size_bytes_;
  ++depth_;
  // A compare and branch reaches 126 bytes.
  add_body(1 + static_cast<int>(below(kind == kCompare ? 2 : 4)));
  --depth_;
  const uint32_t distance = size_bytes_ - start;
  const uint32_t halfwords = (distance - (wide ? 0 : 2)) >> 1;
  uint32_t word = 0;
  switch (kind) {
    case kConditional:
      word = halfwords < 128 ? 0xD000 | below(14) << 8 | halfwords : 0xE000 | halfwords;
      break;
    case kAlways:
      word = 0xE000 | halfwords;
      break;
    case kCall:
      word = 0xF000F800 | halfwords;
      break;
    case kConditionalWide:
      word = 0xF0008000 | below(14) << 22 | halfwords;
      break;
    case kAlwaysWide:
      word = 0xF000B800 | halfwords;
      break;
    case kCompare:
      word = halfwords < 64 ? 0xB100 | below(2) << 11 | (halfwords & 0x20) << 4 |
                                  (halfwords & 0x1F) << 3 | any_readable(8)
                            : 0xE000 | halfwords;
      break;
  }
  code_[branch].instruction.word = word;
}

void CodeBuilder::add_loop() {
  const uint32_t counter = any_writable(8);
  // What is emitted inside must leave two low registers to write to.
  emit16(0x2000 | counter << 8 | (1 + below(4)), PieceKind::kControl);
  reserved_ |= 1u << counter;
  const uint32_t start = size_bytes_;
  ++depth_;
  add_body(1 + static_cast<int>(below(4)));
  --depth_;
  emit16(0x3800 | counter << 8 | 1, PieceKind::kControl);
  const int32_t halfwords = -static_cast<int32_t>(size_bytes_ + 4 - start) / 2;
  if (halfwords >= -128) {
    emit16(0xD100 | (static_cast<uint32_t>(halfwords) & 0xFF));
  } else if (has(kV7M)) {
    // Bcc.W: S and both J bits are 1.
    emit32(0xF0408000 | 1u << 26 | 0x3F0000 | 0x2800 | (static_cast<uint32_t>(halfwords) & 0x7FF));
  }
  reserved_ &= ~(1u << counter);
}

void CodeBuilder::add_computed_branch() {
  enum Kind { kBx, kBlx, kMovPc, kPopPc, kLdrPc };
  const auto kind = static_cast<Kind>(below(has(kV7M) ? 5 : 4));
  const uint32_t target = any_writable(8);
  const KnownRegister* base = kind == kLdrPc ? base_register(13, true) : nullptr;
  const size_t address = emit16(0, PieceKind::kControl);  // ADR
  const uint32_t address_offset = size_bytes_ - 2;
  emit16(0x3001 | target << 8, PieceKind::kControl);  // ADDS #1: the Thumb bit
  if (kind == kPopPc && stack_.value >= 16) {
    emit16(0xB400 | 1u << target);
    emit16(0xBD00);
  } else if (kind == kLdrPc && base) {
    const uint32_t offset = below((kScratchBytes - base->value) / 4) * 4;
    emit32(0xF8C00000 | base->number << 16 | target << 12 | offset);
    emit32(0xF8D0F000 | base->number << 16 | offset);
  } else if (kind == kBlx) {
    emit16(0x4780 | target << 3);
  } else if (kind == kMovPc) {
    emit16(0x4687 | target << 3);
  } else {
    emit16(0x4700 | target << 3);
  }
  ++depth_;
  add_body(1 + static_cast<int>(below(3)));
  --depth_;
  align4();
  const uint32_t words = (size_bytes_ - ((address_offset + 4) & ~3u)) / 4;
  code_[address].instruction.word = 0xA000 | target << 8 | words;
}

void CodeBuilder::add_table_branch() {
  const bool halfwords = chance(50);
  const uint32_t index = any_writable(8);
  constexpr uint32_t kEntries = 4;
  emit16(0x2000 | index << 8 | below(kEntries), PieceKind::kControl);
  emit32(0xE8DFF000 | (halfwords ? 0x10u : 0u) | index);
  const uint32_t start = size_bytes_;
  const size_t table = code_.size();
  for (uint32_t i = 0; i < (halfwords ? kEntries : kEntries / 2); ++i) emit16(0, PieceKind::kData);
  std::vector<uint32_t> entries;
  ++depth_;
  for (uint32_t i = 0; i < kEntries; ++i) {
    entries.push_back((size_bytes_ - start) / 2);
    if (i + 1 < kEntries) add_body(1);
  }
  --depth_;
  for (uint32_t i = 0; i < kEntries; ++i) {
    // A body too long for a byte: jump to the first one.
    const uint32_t entry = halfwords || entries[i] < 256 ? entries[i] : entries[0];
    uint32_t& word = code_[table + (halfwords ? i : i / 2)].instruction.word;
    word |= halfwords ? entry : entry << i % 2 * 8;
  }
}

void CodeBuilder::add_exclusive() {
  KnownRegister* base = base_register(13, true);
  if (!base) return add_simple(false);
  const uint32_t size = below(3);  // byte, halfword, word
  const uint32_t loaded = any_writable(15);
  const uint32_t offset = size == 2 ? below((kScratchBytes - base->value) / 4) : 0;
  const bool acquire = has(kV8M) && chance(40);
  const bool load_first = chance(80);
  const uint32_t n = base->number << 16;
  const uint32_t ordered = (acquire ? 0xFC0u : 0xF40u) | size << 4;
  const bool plain_word = size == 2 && !acquire;
  if (load_first) {
    emit32(plain_word ? 0xE8500F00 | n | loaded << 12 | offset
                      : 0xE8D0000F | n | loaded << 12 | ordered);
  } else {
    emit32(0xF3BF8F2F);  // CLREX
  }
  if (chance(50)) add_encoding(integer_encodings());
  const uint32_t stored = any_readable(15);
  const uint32_t status = random_register(writable() & ~(1u << stored), 15, random_);
  emit32(plain_word ? 0xE8400000 | n | stored << 12 | status << 8 | offset
                    : 0xE8C00000 | n | stored << 12 | ordered | status);
}

void CodeBuilder::move_pointer() {
  KnownRegister& pointer = pointers_[below(static_cast<uint32_t>(pointers_.size()))];
  const bool low = pointer.number < 8;
  const uint32_t number = chance(50) ? pointer.number : any_writable(low ? 8 : 13);
  const uint32_t room = kScratchBytes - 32 - std::min(stack_.value, kScratchBytes - 32);
  if (low || aligned_only()) {
    if (number >= 8) return;
    const uint32_t words = room / 4 ? below(room / 4) : 0;
    emit16(0xA800 | number << 8 | words);
    pointer = {number, stack_.value + words * 4};
  } else if (chance(50)) {
    const uint32_t distance = room ? below(room) : 0;
    emit32(0xF20D0000 | number << 8 | distance);
    pointer = {number, stack_.value + distance};
  } else {
    const uint32_t distance = below(stack_.value);
    emit32(0xF2AD0000 | number << 8 | distance);
    pointer = {number, stack_.value - distance};
  }
}

// LDM whose list holds the base: no write-back, and the base is a pointer no longer.
void CodeBuilder::load_multiple_with_base() {
  KnownRegister& pointer = pointers_[0];
  const uint32_t room = (kScratchBytes - pointer.value) / 4;
  if (pointer.number >= 8 || pointer.value % 4 || room < 9) return add_simple(false);
  emit16(0xC800 | pointer.number << 8 | (writable() & below(256)) | 1u << pointer.number);
  emit16(0xA800 | pointer.number << 8);  // ADD from the stack pointer
  pointer.value = stack_.value;
}

void CodeBuilder::change_index() {
  KnownRegister& index = indices_[0];
  const uint32_t value = aligned_only() ? below(10) * 4 : below(24);
  emit16(0x2000 | index.number << 8 | value);
  index.value = value;
}

void CodeBuilder::push(bool wide) {
  const uint32_t room = (stack_.value - 8) / 4;
  const auto list = list_of_registers(wide ? 0x5FFF : 0xFF, wide ? 2 : 1, std::min(room, 8u));
  if (!list) return;
  if (wide)
    emit32(0xE92D0000 | *list);
  else
    emit16(0xB400 | *list | (std::popcount(*list) < static_cast<int>(room) ? below(2) << 8 : 0));
  const uint32_t pushed = code_.back().instruction.word & (wide ? 0x5FFF : 0x1FF);
  stack_.value -= static_cast<uint32_t>(std::popcount(pushed)) * 4;
}

void CodeBuilder::pop(bool wide) {
  const uint32_t room = (kScratchBytes - stack_.value) / 4;
  const auto list =
      list_of_registers(writable() & (wide ? 0x5FFF : 0xFF), wide ? 2 : 1, std::min(room, 8u));
  if (!list) return;
  if (wide)
    emit32(0xE8BD0000 | *list);
  else
    emit16(0xBC00 | *list);
  stack_.value += static_cast<uint32_t>(std::popcount(*list)) * 4;
}

void CodeBuilder::add_stack_group() {
  const uint32_t kinds = has(kSingle) ? 8 : has(kV7M) ? 6 : 3;
  const bool deep = stack_.value < 64;
  const bool high = stack_.value > 224;
  switch (below(kinds)) {
    case 0:
      return deep ? pop(false) : push(false);
    case 1:
      return high ? push(false) : pop(false);
    case 2: {
      const bool add = deep || (!high && chance(50));
      const uint32_t words =
          below((add ? kScratchBytes - 16 - std::min(stack_.value, kScratchBytes - 20)
                     : stack_.value - 32) /
                    4 +
                1);
      emit16(0xB000 | (add ? 0u : 0x80u) | words);
      stack_.value = add ? stack_.value + words * 4 : stack_.value - words * 4;
      return;
    }
    case 3:
      return deep ? pop(true) : push(true);
    case 4:
      return high ? push(true) : pop(true);
    case 5:  // STR or LDR of one register with write-back
      if (high || (!deep && chance(50))) {
        emit32(0xF84D0D04 | any_readable(15) << 12);
        stack_.value -= 4;
      } else {
        emit32(0xF85D0B04 | any_writable(15) << 12);
        stack_.value += 4;
      }
      return;
    default: {  // VPUSH or VPOP
      const bool push_it = high || (!deep && chance(50));
      const bool pairs = chance(50);
      const uint32_t count = pairs ? 1 + below(3) : 1 + below(6);
      const uint32_t words = pairs ? count * 2 : count;
      if (!push_it && stack_.value + words * 4 > kScratchBytes) return;
      const uint32_t first = pairs ? below(17 - count) : below(33 - count);
      const uint32_t d = pairs ? first << 12 : first >> 1 << 12 | (first & 1) << 22;
      emit32((push_it ? 0xED2D0A00 : 0xECBD0A00) | d | (pairs ? 0x100u : 0u) | words);
      stack_.value = push_it ? stack_.value - words * 4 : stack_.value + words * 4;
      return;
    }
  }
}

}  // namespace thimble::accuracy
