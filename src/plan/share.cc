#include "plan/share.h"

#include <set>

namespace thimble::plan {

void share_functions(std::span<Step> steps) {
  std::set<std::string> needed;  // by calls that have no choice
  for (const Step& step : steps)
    for (const ops::KernelCall& call : step.lowering.calls)
      if (call.shared_functions.size() < 2)
        needed.insert(call.shared_functions.empty() ? call.function : call.shared_functions[0]);
  for (Step& step : steps)
    for (ops::KernelCall& call : step.lowering.calls) {
      if (call.shared_functions.empty()) continue;
      const std::string& general = call.shared_functions.back();
      call.function = needed.contains(general) ? general : call.shared_functions.front();
    }
}

}  // namespace thimble::plan
