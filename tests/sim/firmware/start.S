// Reset: copies .data, then calls the function whose address the test wrote into `scenario`.
    .syntax unified
    .thumb

    .section .vectors, "a"
    .word stack_top
    .word reset
    .rept 9                 @ NMI, faults and reserved: none
    .word 0
    .endr
    .weak svc_handler
    .word svc_handler
    .word 0, 0
    .weak pendsv_handler
    .word pendsv_handler
    .weak systick_handler
    .word systick_handler
    .weak interrupt_handler
    .word interrupt_handler @ interrupt 0

    .bss
    .balign 4
    .global scenario
scenario:
    .space 4

    .text
    .global reset
    .type reset, %function
    .thumb_func
reset:
    ldr r0, =data_load
    ldr r1, =data_start
    ldr r2, =data_end
1:  cmp r1, r2
    bhs 2f
    ldr r3, [r0]
    str r3, [r1]
    adds r0, r0, #4
    adds r1, r1, #4
    b 1b
2:  ldr r0, =scenario
    ldr r0, [r0]
    blx r0
    .global program_end
    .thumb_func
program_end:
    movs r0, #0x18          // SYS_EXIT
    ldr r1, =0x20026        // the program ended as it should
    bkpt 0xAB
    b .
    .size reset, . - reset
