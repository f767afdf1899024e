#include "sim/run/function_watch.h"

namespace thimble::sim {

size_t FunctionWatch::add(uint32_t function_address) {
  functions_.push_back({function_address, 0, {}});
  return functions_.size() - 1;
}

std::optional<size_t> FunctionWatch::find(uint32_t function_address) const {
  for (size_t i = 0; i < functions_.size(); ++i)
    if (functions_[i].address == function_address) return i;
  return std::nullopt;
}

std::optional<uint32_t> FunctionWatch::on_block(uint32_t address, const Moment& now) {
  close_returned_calls(address, now);
  const std::optional<size_t> function = find(address);
  if (!function) return std::nullopt;
  const uint32_t return_address = now.lr & ~1u;
  // A loop whose first instruction is the function's: the same call, seen again.
  if (!calls_.empty() && calls_.back().function == *function &&
      calls_.back().return_address == return_address && calls_.back().start.sp == now.sp)
    return std::nullopt;
  ++functions_[*function].active_calls;
  calls_.push_back({*function, return_address, now});
  return return_address;
}

void FunctionWatch::close_returned_calls(uint32_t address, const Moment& now) {
  size_t remaining = calls_.size();
  for (size_t i = 0; i < calls_.size(); ++i)
    if (calls_[i].return_address == address && now.sp >= calls_[i].start.sp) {
      remaining = i;  // and whatever it called is over too
      break;
    }
  while (calls_.size() > remaining) {
    const Call& call = calls_.back();
    Function& function = functions_[call.function];
    ++function.statistics.calls;
    if (--function.active_calls == 0) {
      function.statistics.cycles += now.cycles - call.start.cycles;
      function.statistics.instructions += now.instructions - call.start.instructions;
      function.statistics.flash_reads += now.flash_reads - call.start.flash_reads;
    }
    calls_.pop_back();
  }
}

}  // namespace thimble::sim
