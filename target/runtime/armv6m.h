// What assembly functions for Armv6-M begin and end with, whose PUSH and POP reach only the low
// registers and LR or PC: all registers that a caller wants back are saved, low ones last.
#pragma once

#define THIMBLE_SAVE_REGISTERS \
  ".syntax unified\n\t"        \
  "push {r4-r7, lr}\n\t"       \
  "mov r4, r8\n\t"             \
  "mov r5, r9\n\t"             \
  "mov r6, r10\n\t"            \
  "mov r7, r11\n\t"            \
  "push {r4-r7}\n\t"
#define THIMBLE_RESTORE_AND_RETURN \
  "pop {r4-r7}\n\t"                \
  "mov r8, r4\n\t"                 \
  "mov r9, r5\n\t"                 \
  "mov r10, r6\n\t"                \
  "mov r11, r7\n\t"                \
  "pop {r4-r7, pc}\n\t"
