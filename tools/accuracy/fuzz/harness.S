// Runs the cases of a batch one after the other and records what each of them leaves behind. The same
// image runs on the simulated core and on QEMU. Layout and offsets: case_batch.h.
//
// Given by the linker's command line: code_base, ram_base, batch_base, records_end.
.syntax unified
.thumb

.equ scratch_words, 64
.equ save_words, 52
.equ record_words, scratch_words + save_words
.equ sp_offset, 192                 // of the stack pointer during a case, from ram_base
.equ saved, 64                      // of the save area, from that stack pointer
.equ variables_offset, 0x200
.equ records_offset, 0x220

// Variables, from ram_base + variables_offset.
.equ next_index, 0
.equ remaining, 4
.equ record_end, 8
.equ case_number, 12
.equ file_handle, 16

.section .vectors, "a"
.word ram_base + sp_offset
.word start + 1
.word fault + 1
.word fault + 1
.rept 12
.word fault + 1
.endr

.text
.thumb_func
.global start
start:
  ldr r0, =ram_base
  ldr r1, =ram_base + records_offset
  movs r2, #0
1: stmia r0!, {r2}
  cmp r0, r1
  bne 1b
#ifdef __ARM_FP
  ldr r0, =0xE000ED88               // CPACR: full access to the floating-point unit
  ldr r1, =0x00F00000
  str r1, [r0]
  dsb
  isb
#endif
  ldr r7, =ram_base + variables_offset
  ldr r0, =batch_base
  ldr r1, [r0]
  str r1, [r7, #remaining]
  ldr r1, [r0, #4]
  adds r0, #8
  str r0, [r7, #next_index]
  ldr r0, =ram_base + records_offset
  str r0, [r7, #record_end]
  cmp r1, #0
  beq next_case
  movs r0, #1                       // SYS_OPEN, "wb"
  ldr r1, =open_arguments
  bkpt 0xAB
  str r0, [r7, #file_handle]

next_case:
  ldr r7, =ram_base + variables_offset
  ldr r1, [r7, #remaining]
  cmp r1, #0
  bne 1f
  bl flush
  movs r0, #0x18                    // SYS_EXIT
  ldr r1, =0x20026
  bkpt 0xAB
1:
  subs r1, #1
  str r1, [r7, #remaining]
  ldr r0, [r7, #next_index]
  ldr r6, [r0]
  adds r0, #4
  str r0, [r7, #next_index]
  movs r2, #160                     // the scratch memory
  adds r2, r2, r6
  ldr r3, =ram_base
  movs r0, #scratch_words / 4
  mov r12, r0
1: ldmia r2!, {r0, r1, r4, r5}
  stmia r3!, {r0, r1, r4, r5}
  mov r0, r12
  subs r0, #1
  mov r12, r0
  bne 1b
#ifdef __ARM_FP
  mov r0, r6
  adds r0, #32
  vldmia r0, {s0-s31}
  ldr r0, [r6, #28]
  vmsr fpscr, r0
#endif
#if __ARM_ARCH >= 7
  clrex
#endif
  ldr r0, [r6, #20]
  mov lr, r0
  ldr r0, [r6, #0]
  mov r8, r0
  ldr r0, [r6, #4]
  mov r9, r0
  ldr r0, [r6, #8]
  mov r10, r0
  ldr r0, [r6, #12]
  mov r11, r0
  ldr r0, [r6, #16]
  mov r12, r0
  ldr r0, =ram_base + sp_offset - 36
  mov sp, r0
  ldr r0, [r6, #24]
#ifdef __ARM_FEATURE_DSP
  msr apsr_nzcvqg, r0
#else
  msr apsr_nzcvq, r0
#endif
  pop {r0-r7, pc}                   // the case; it has saved r0 and lr when it returns by BL

.thumb_func
.global case_return
case_return:
  mrs r0, apsr
  str r0, [sp, #saved + 60]
  str r1, [sp, #saved + 4]
  str r2, [sp, #saved + 8]
  str r3, [sp, #saved + 12]
  str r4, [sp, #saved + 16]
  str r5, [sp, #saved + 20]
  str r6, [sp, #saved + 24]
  str r7, [sp, #saved + 28]
  mov r0, r8
  str r0, [sp, #saved + 32]
  mov r0, r9
  str r0, [sp, #saved + 36]
  mov r0, r10
  str r0, [sp, #saved + 40]
  mov r0, r11
  str r0, [sp, #saved + 44]
  mov r0, r12
  str r0, [sp, #saved + 48]
  mov r0, sp
  str r0, [sp, #saved + 56]
  ldr r0, =ram_base + sp_offset
  mov sp, r0
#ifdef __ARM_FP
  vmrs r0, fpscr
  str r0, [sp, #saved + 64]
  add r0, sp, #saved + 80
  vstmia r0, {s0-s31}
#endif
  cpsie i
  ldr r7, =ram_base + variables_offset
  ldr r0, [r7, #case_number]
  str r0, [sp, #saved + 68]
  adds r0, #1
  str r0, [r7, #case_number]
  bl append_record
  ldr r0, [r7, #record_end]
  ldr r1, =records_end - record_words * 4
  cmp r0, r1
  bls next_case
  bl flush
  b next_case

// Copies scratch memory and save area behind the last record. r7: variables.
.thumb_func
append_record:
  ldr r2, =ram_base
  ldr r3, [r7, #record_end]
  movs r6, #record_words / 4
1: ldmia r2!, {r0, r1, r4, r5}
  stmia r3!, {r0, r1, r4, r5}
  subs r6, #1
  bne 1b
  str r3, [r7, #record_end]
  bx lr

// Hands the records over and empties the buffer. On the simulated core a breakpoint here does it.
.thumb_func
.global flush
flush:
  ldr r7, =ram_base + variables_offset
  ldr r0, =batch_base
  ldr r0, [r0, #4]
  cmp r0, #0
  beq 1f
  ldr r1, =ram_base                 // SYS_WRITE: handle, address, bytes; the scratch memory is free
  ldr r0, [r7, #file_handle]
  str r0, [r1]
  ldr r0, =ram_base + records_offset
  str r0, [r1, #4]
  ldr r2, [r7, #record_end]
  subs r0, r2, r0
  str r0, [r1, #8]
  movs r0, #5
  bkpt 0xAB
1:
  ldr r0, =ram_base + records_offset
  str r0, [r7, #record_end]
  bx lr

// A case that faults ends the batch: its record holds the number of the exception and, in the place of
// r0, the address of the instruction.
.thumb_func
fault:
  ldr r1, [sp, #24]
  ldr r0, =ram_base + sp_offset
  mov sp, r0
  str r1, [sp, #saved + 0]
  mrs r0, ipsr
  ldr r1, =0x80000000
  orrs r0, r1
  str r0, [sp, #saved + 68]
  ldr r7, =ram_base + variables_offset
  bl append_record
  bl flush
  movs r0, #0x18
  ldr r1, =0x20026
  bkpt 0xAB
  b .

.pool
.align 2
open_arguments:
  .word file_name
  .word 5
  .word 11
file_name:
  .asciz "records.bin"
