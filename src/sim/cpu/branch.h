// Handlers that end a block, that skip instructions, or that touch system registers.
#pragma once

#include "sim/cpu/context.h"

namespace thimble::sim {

Handler end_block();  // goes on at imm
Handler branch();     // jumps to imm
// To imm if the condition holds, otherwise to the operation that follows.
Handler branch_if(unsigned condition);
// Passes over the next imm operations unless the condition holds, which saves a cycles.
Handler skip_unless(unsigned condition);
Handler branch_if_zero(bool zero);      // n; to imm
Handler branch_and_link();              // to imm; a link to the next instruction
Handler branch_exchange();              // to m
Handler branch_link_exchange();         // to m
Handler move_to_pc();                   // to m + imm, without changing state
Handler table_branch(bool half_words);  // n: table, or imm if n is the program counter; m: index

// Leave the block and report; imm is unused.
Handler undefined_instruction();
Handler break_instruction();
Handler supervisor_call();
Handler wait_for_interrupt();
Handler wait_for_event();

Handler no_operation();
Handler send_event();
Handler align_stack_pointer();
Handler change_processor_state();      // imm: bit 0 PRIMASK, bit 1 FAULTMASK; a: the new value
Handler move_from_special_register();  // d; imm: number
Handler move_to_special_register();    // n; imm: number, a: mask

}  // namespace thimble::sim
