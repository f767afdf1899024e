// Chooses how layers are executed without measuring them: by preference, with weights in RAM where
// that is known to pay, and within a budget of RAM.
#pragma once

#include <span>

#include "base/result.h"
#include "measure/bench.h"
#include "tune/tune.h"

namespace thimble::tune {

// Whether reading weights from flash takes longer than reading them from RAM.
bool flash_waits(const board::Board& board);

// `options.bench.choices`, which may name every layer's way: then nothing is added. Else, if speed
// is preferred, weights that are read for few multiplications each go to RAM, as far as that of the
// board lasts. Nothing is built. `graph`: as it is built, after the passes. Errors: as of
// plan::make_plan.
base::Result<plan::Choices> choices_by_rule(const ir::Graph& graph, const board::Board& board,
                                            const board::Core& core, const Options& options);

struct Ruled {
  plan::Choices choices;
  measure::Measurement measurement;  // with these
};

// The same for a program that takes at most `options.ram_budget_bytes` of RAM, if given: arena,
// stack, weights and statics. As the stack is only known by running the program, it is built up to
// four times. `graph`, `inputs`: as for measure::bench. Errors: kDoesNotFit when the budget cannot
// be kept; and those of measure::bench.
base::Result<Ruled> bench_by_rule(const ir::Graph& graph, const board::Board& board,
                                  const board::Core& core, std::span<const base::Bytes> inputs,
                                  const Options& options);

}  // namespace thimble::tune
