#include "sim/run/memory_settings.h"

namespace thimble::sim {

MemorySettings::MemorySettings(const Devices& devices, MemoryTiming& timing, size_t code_memory)
    : devices_(devices),
      timing_(timing),
      code_memory_(code_memory),
      accelerator_(devices.flash_accelerator()),
      instruction_cache_(devices.instruction_cache_enabled()),
      data_cache_(devices.data_cache_enabled()) {}

void MemorySettings::update() {
  update_accelerator();
  update_core_caches();
}

void MemorySettings::update_accelerator() {
  const auto now = devices_.flash_accelerator();
  if (!now || now == accelerator_) return;
  const FlashAccelerator before = accelerator_.value_or(FlashAccelerator{});
  if (now->wait_states != before.wait_states)
    timing_.set_wait_states(code_memory_, now->wait_states);
  if (now->prefetch != before.prefetch) timing_.set_prefetch(now->prefetch);
  if (now->instruction_cache != before.instruction_cache)
    timing_.set_instruction_cache(now->instruction_cache);
  if (now->data_cache != before.data_cache) timing_.set_data_cache(now->data_cache);
  accelerator_ = now;
}

void MemorySettings::update_core_caches() {
  if (devices_.instruction_cache_enabled() != instruction_cache_) {
    instruction_cache_ = !instruction_cache_;
    timing_.set_instruction_cache(instruction_cache_);
  }
  if (devices_.data_cache_enabled() != data_cache_) {
    data_cache_ = !data_cache_;
    timing_.set_data_cache(data_cache_);
  }
}

}  // namespace thimble::sim
