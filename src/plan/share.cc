#include "plan/share.h"

#include <algorithm>

namespace thimble::plan {
namespace {

bool has_no_choice(const Step& step) {
  return std::ranges::any_of(step.lowering.calls, [](const ops::KernelCall& call) {
    return call.shared_functions.size() == 1;
  });
}

}  // namespace

void share_functions(std::span<Step> steps) {
  const bool most_general = std::ranges::any_of(steps, has_no_choice);
  for (Step& step : steps)
    for (ops::KernelCall& call : step.lowering.calls)
      if (!call.shared_functions.empty())
        call.function = most_general ? call.shared_functions.back() : call.shared_functions.front();
}

}  // namespace thimble::plan
