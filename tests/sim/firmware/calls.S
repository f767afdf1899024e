// Calls whose instructions are counted by hand in machine_test.cc.
    .syntax unified
    .thumb
    .text

    .macro function name
    .global \name
    .type \name, %function
    .thumb_func
\name:
    .endm

function leaf                   // 3 instructions
    adds r0, r0, #1
    nop
    bx lr
    .size leaf, . - leaf

function calls_leaf_twice       // 2 + 3 + 1 + 3 + 1 = 10
    push {r4, lr}
    bl leaf
    bl leaf
    pop {r4, pc}
    .size calls_leaf_twice, . - calls_leaf_twice

function tail_calls_leaf        // 2 + 3
    nop
    b leaf
    .size tail_calls_leaf, . - tail_calls_leaf

function call_scenario
    push {r4, lr}
    bl calls_leaf_twice
    bl tail_calls_leaf
    bl leaf
    pop {r4, pc}
    .size call_scenario, . - call_scenario

function recursive              // r0 levels: 5 each for the levels above, 3 for the last
    cbz r0, 1f                  // 1
    push {r4, lr}               // 2
    subs r0, r0, #1             // 3
    bl recursive                // 4
    pop {r4, pc}                // 5
1:  nop
    bx lr
    .size recursive, . - recursive

function recursion_scenario
    push {r4, lr}
    movs r0, #6
    bl recursive
    pop {r4, pc}
    .size recursion_scenario, . - recursion_scenario

function loop_at_entry          // 4 times 2 instructions, then 1
    subs r0, r0, #1
    bne loop_at_entry
    bx lr
    .size loop_at_entry, . - loop_at_entry

function loop_scenario
    push {r4, lr}
    movs r0, #4
    bl loop_at_entry
    pop {r4, pc}
    .size loop_scenario, . - loop_scenario

// Reads the cycle counter twice in one block, 10 instructions apart, then across a call.
function counter_scenario
    push {r4, lr}
    ldr r0, =0xE000EDFC
    ldr r1, [r0]
    orr r1, r1, #0x1000000
    str r1, [r0]
    ldr r0, =0xE0001000
    movs r1, #1
    str r1, [r0]
    isb
    ldr r1, [r0, #4]
    nop
    nop
    nop
    nop
    nop
    nop
    nop
    nop
    nop
    ldr r2, [r0, #4]
    subs r2, r2, r1
    ldr r3, =counter_results
    str r2, [r3]
    ldr r1, [r0, #4]
    bl leaf_preserving
    ldr r2, [r0, #4]
    subs r2, r2, r1
    str r2, [r3, #4]
    pop {r4, pc}
    .size counter_scenario, . - counter_scenario

function leaf_preserving        // 12 instructions
    .rept 11
    nop
    .endr
    bx lr
    .size leaf_preserving, . - leaf_preserving

    .bss
    .balign 4
    .global counter_results
counter_results:
    .space 8
