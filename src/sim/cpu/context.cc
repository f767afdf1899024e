#include "sim/cpu/context.h"

namespace thimble::sim {

const MappedMemory* Context::find_memory(uint32_t address, uint32_t bytes) {
  for (const MappedMemory& memory : memories) {
    if (!memory.holds(address, bytes)) continue;
    const uint32_t limit = memory.size_bytes - 3;
    windows[address >> kWindowShift] = {.bytes = memory.bytes,
                                        .base = memory.base,
                                        .read_limit = limit,
                                        .write_limit = memory.writable ? limit : 0,
                                        .memory = memory.index,
                                        .reads_cost = memory.reads_cost,
                                        .writes_cost = memory.writes_cost};
    return &memory;
  }
  return nullptr;
}

bool Context::load_elsewhere(const Operation* op, uint32_t address, uint32_t bytes,
                             uint32_t& value) {
  const bool aligned = address % bytes == 0;
  if (!aligned && !features.unaligned) {
    leave(op, Exit::kUnaligned, address);
    return false;
  }
  if (const MappedMemory* memory = find_memory(address, bytes)) {
    if (memory->reads_cost) cycles += timing->read(memory->index, address, bytes);
    if (!aligned) cycles += operand_timing.unaligned(address, bytes);
    std::memcpy(&value, memory->bytes + (address - memory->base), bytes);
    return true;
  }
  if (aligned && bus->device_read(pc_of(op), address, bytes, value)) return true;
  leave(op, Exit::kBadRead, address);
  return false;
}

bool Context::store_elsewhere(const Operation* op, uint32_t address, uint32_t bytes,
                              uint32_t value) {
  const bool aligned = address % bytes == 0;
  if (!aligned && !features.unaligned) {
    leave(op, Exit::kUnaligned, address);
    return false;
  }
  if (const MappedMemory* memory = find_memory(address, bytes)) {
    if (!memory->writable) {
      leave(op, Exit::kReadOnly, address);
      return false;
    }
    if (memory->writes_cost) cycles += timing->write(memory->index, address, bytes);
    if (!aligned) cycles += operand_timing.unaligned(address, bytes);
    std::memcpy(memory->bytes + (address - memory->base), &value, bytes);
    return true;
  }
  if (aligned && bus->device_write(pc_of(op), address, bytes, value)) {
    attend = true;
    return true;
  }
  leave(op, Exit::kBadWrite, address);
  return false;
}

}  // namespace thimble::sim
