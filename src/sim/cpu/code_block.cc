#include "sim/cpu/code_block.h"

#include <algorithm>

#include "sim/cpu/alu.h"
#include "sim/cpu/branch.h"
#include "sim/cpu/decode.h"

namespace thimble::sim {
namespace {

constexpr size_t kMaxInstructions = 128;
constexpr uint32_t kFirstWide = 0xE800;  // half-words from here on begin a 32-bit instruction

uint32_t half_word(std::span<const std::byte> code) {
  return std::to_integer<uint32_t>(code[0]) | std::to_integer<uint32_t>(code[1]) << 8;
}

// One instruction of the block, before it is laid out as operations.
struct Item {
  Decoded decoded;
  unsigned condition = kAlways;
  uint8_t saving = 0;  // of cycles, if the condition fails
};

uint32_t advanced(uint32_t if_then) {
  return (if_then & 7) == 0 ? 0 : (if_then & 0xE0) | (if_then << 1 & 0x1F);
}

Decoded decode_one(std::span<const std::byte> code, const Site& site) {
  const uint32_t first = half_word(code);
  Decoded decoded;
  if (first < kFirstWide) {
    decoded = decode_16(first, site);
  } else {
    decoded =
        code.size() >= 4 ? decode_32(first << 16 | half_word(code.subspan(2)), site) : undefined();
    decoded.op.bytes = static_cast<uint8_t>(code.size() >= 4 ? 4 : 2);
  }
  return decoded;
}

// Chooses the handler without flags where every path overwrites them before somebody looks.
void drop_unread_flags(std::vector<Item>& items) {
  FlagSet wanted = kAllFlags;
  for (auto item = items.rbegin(); item != items.rend(); ++item) {
    Decoded& decoded = item->decoded;
    if (decoded.without_flags && (decoded.writes_flags & wanted) == 0)
      decoded.op.run = decoded.without_flags;
    const bool certain = item->condition == kAlways;
    if (certain) wanted &= static_cast<FlagSet>(~decoded.surely_writes);
    wanted |= decoded.reads_flags;
    if (!certain) wanted |= flags_of_condition(item->condition);
    if (decoded.ends_block) wanted = kAllFlags;
  }
}

void lay_out(const Item& item, std::vector<Operation>& operations) {
  const Operation& op = item.decoded.op;
  const bool aligns = item.decoded.may_misalign_sp;
  if (item.condition != kAlways) {
    Operation skip = op;
    skip.run = skip_unless(item.condition);
    skip.imm = aligns ? 2 : 1;
    skip.a = item.saving;
    operations.push_back(skip);
  }
  operations.push_back(op);
  if (aligns) {
    operations.push_back(op);
    operations.back().run = align_stack_pointer();
  }
}

}  // namespace

CodeBlock decode_block(std::span<const std::byte> code, uint32_t address, uint32_t if_then,
                       const InstructionSet& features, const std::function<bool(uint32_t)>& cut,
                       const SkippedSaving& skipped_saving) {
  std::vector<Item> items;
  uint32_t offset = 0;
  bool ended = false;
  while (!ended && code.size() - offset >= 2) {
    if (if_then == 0 && !items.empty() &&
        (items.size() >= kMaxInstructions || cut(address + offset)))
      break;
    const Site site{features, address + offset, if_then != 0};
    Item item{decode_one(code.subspan(offset), site)};
    Operation& op = item.decoded.op;
    op.offset = static_cast<uint16_t>(offset);
    op.in_if_then = site.in_if_then;
    if (site.in_if_then) {
      if (!item.decoded.unconditional) item.condition = if_then >> 4;
      item.saving = static_cast<uint8_t>(
          std::min(skipped_saving(code.subspan(offset, op.bytes), address + offset), 255u));
      if_then = advanced(if_then);
    }
    if (item.decoded.ends_block && item.decoded.leaves_state) op.d = static_cast<uint8_t>(if_then);
    if (item.decoded.if_then != 0) if_then = item.decoded.if_then;
    // What changes the processor's state only ends a block outside of an IT block.
    ended = item.decoded.ends_block && (if_then == 0 || item.decoded.leaves_state);
    offset += op.bytes;
    items.push_back(item);
  }
  drop_unread_flags(items);

  CodeBlock block;
  block.end = address + offset;
  for (const Item& item : items) {
    lay_out(item, block.operations);
    block.has_float = block.has_float || item.decoded.op.is_float;
  }
  Operation& last = block.operations.emplace_back();
  last.run = end_block();
  last.imm = block.end;
  last.offset = static_cast<uint16_t>(offset);
  last.bytes = 0;
  return block;
}

}  // namespace thimble::sim
