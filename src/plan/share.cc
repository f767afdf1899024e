#include "plan/share.h"

#include <map>
#include <set>
#include <string>

namespace thimble::plan {

void share_functions(std::span<Step> steps) {
  std::map<std::string, std::set<std::string>> instances;  // by what may be called instead
  for (const Step& step : steps)
    for (const ops::KernelCall& call : step.lowering.calls)
      if (!call.shared_functions.empty())
        instances[call.shared_functions.front()].insert(call.function);
  for (Step& step : steps)
    for (ops::KernelCall& call : step.lowering.calls)
      if (!call.shared_functions.empty() && instances[call.shared_functions.front()].size() > 1)
        call.function = call.shared_functions.front();
}

}  // namespace thimble::plan
