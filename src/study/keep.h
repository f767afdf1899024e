// Layers of studies in a store, so that none is measured twice.
#pragma once

#include <string>

#include "store/store.h"
#include "study/run.h"

namespace thimble::study {

// As run_study, but takes from the store what it has of this board, compiler and Thimble, and adds
// the rest as it is measured: an interrupted study goes on where it was. `board_argument`: how a
// user names the board. Errors: also the store's.
base::Result<Study> run_kept_study(Grid grid, const std::string& board_argument,
                                   const board::Board& board, const board::Core& core,
                                   RunOptions options, store::Store& store);

}  // namespace thimble::study
