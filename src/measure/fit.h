// Whether a built network fits the board, and what is to blame when it does not.
#pragma once

#include "base/result.h"
#include "board/board.h"
#include "measure/measurement.h"
#include "plan/plan.h"

namespace thimble::measure {

// Bytes of the weights that the program copies to RAM when it starts.
uint64_t weights_in_ram_bytes(const plan::Plan& plan);

// Bytes of flash that weights and biases take: as the model stores them, or fewer where a layer's
// tables leave zeros out.
uint64_t stored_weight_bytes(const plan::Plan& plan);

// `static_bytes`: without the arena and the weights in RAM.
// Errors: kDoesNotFit; the message says by how many bytes, the hint names the layers that need
// most.
base::Result<> check_flash(const plan::Plan& plan, const board::Board& board, uint64_t flash_bytes);
base::Result<> check_ram(const plan::Plan& plan, const board::Board& board, uint64_t static_bytes,
                         uint64_t stack_bytes);

}  // namespace thimble::measure
