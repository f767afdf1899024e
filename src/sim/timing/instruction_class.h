// The classes of instructions that a core's table has a row for, and their names in the table.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace thimble::sim {

// In the order of kClassNames.
enum class InstructionClass : uint8_t {
  kDataProcessing,  // also everything that fits nowhere else, and what does not decode
  kAddMove,         // ADD, SUB, MOV and relatives with a register or an unshifted constant
  kShift,           // shifts and rotations by themselves
  kShiftedOperand,  // arithmetic and logic with a register shifted right or rotated
  kLeftShiftedOperand,
  kShiftedConstant,  // ... with a constant that is a shifted byte
  kExtend,           // sign and zero extension, CLZ
  kExtendAdd,        // UXTAB and relatives
  kBitFieldExtract,  // UBFX, SBFX, REV and relatives, RBIT
  kBitFieldInsert,   // BFI, BFC
  kPack,             // PKHBT, PKHTB
  kParallel,         // parallel and saturating arithmetic, SEL
  kNoOperation,      // NOP and other hints
  kIfThen,           // IT
  kSystem,           // barriers, MRS, MSR
  kMultiply,         // 32-bit result
  kMultiplyAccumulate,
  kMultiplyLong,  // 64-bit result
  kMultiplyLongAccumulate,
  kDivide,
  kFloat,  // arithmetic, comparison, conversion, moves between two of its registers
  kFloatMultiplyAccumulate,
  kFloatDivide,    // and square root
  kFloatToCore,    // VMOV, VMRS
  kCoreToFloat,    // VMOV, VMSR
  kFloatMovePair,  // VMOV of two core registers, either way
  kDouble,         // the same in double precision
  kDoubleMultiply,
  kDoubleMultiplyAccumulate,
  kDoubleDivide,
  kLoad,          // of a word
  kLoadNarrow,    // of a byte or half-word
  kFloatLoad,     // VLDR, single precision
  kLoadPair,      // LDRD, and VLDR in double precision
  kLoadMultiple,  // LDM, POP
  kFloatLoadMultiple,
  kStore,
  kFloatStore,
  kStorePair,
  kStoreMultiple,
  kFloatStoreMultiple,
  // Branches from here on.
  kBranch,
  kBranchConditional,
  kCompareBranch,   // CBZ, CBNZ
  kCall,            // BL
  kBranchRegister,  // BX, BLX, and data processing that writes the pc
  kPopPc,           // POP or LDM with the pc in its list
  kLoadPc,
  kTableBranch,
};

inline constexpr std::array<std::string_view, 49> kClassNames = {
    "data_processing",
    "add_move",
    "shift",
    "shifted_operand",
    "left_shifted_operand",
    "shifted_constant",
    "extend",
    "extend_add",
    "bit_field_extract",
    "bit_field_insert",
    "pack",
    "parallel",
    "no_operation",
    "if_then",
    "system",
    "multiply",
    "multiply_accumulate",
    "multiply_long",
    "multiply_long_accumulate",
    "divide",
    "float",
    "float_multiply_accumulate",
    "float_divide",
    "float_to_core",
    "core_to_float",
    "float_move_pair",
    "double",
    "double_multiply",
    "double_multiply_accumulate",
    "double_divide",
    "load",
    "load_narrow",
    "float_load",
    "load_pair",
    "load_multiple",
    "float_load_multiple",
    "store",
    "float_store",
    "store_pair",
    "store_multiple",
    "float_store_multiple",
    "branch",
    "branch_conditional",
    "compare_branch",
    "call",
    "branch_register",
    "pop_pc",
    "load_pc",
    "table_branch",
};
inline constexpr size_t kClassCount = kClassNames.size();
static_assert(static_cast<size_t>(InstructionClass::kTableBranch) + 1 == kClassCount);

constexpr size_t index_of(InstructionClass c) {
  return static_cast<size_t>(c);
}

constexpr bool is_branch(InstructionClass c) {
  return c >= InstructionClass::kBranch;
}
constexpr bool is_single_load(InstructionClass c) {
  return c >= InstructionClass::kLoad && c <= InstructionClass::kFloatLoad;
}
constexpr bool is_single_store(InstructionClass c) {
  return c == InstructionClass::kStore || c == InstructionClass::kFloatStore;
}
constexpr bool is_multiply(InstructionClass c) {
  return c >= InstructionClass::kMultiply && c <= InstructionClass::kMultiplyLongAccumulate;
}
constexpr bool is_float_multiply_accumulate(InstructionClass c) {
  return c == InstructionClass::kFloatMultiplyAccumulate ||
         c == InstructionClass::kDoubleMultiplyAccumulate;
}
// Uses the floating-point unit.
constexpr bool is_floating(InstructionClass c) {
  return (c >= InstructionClass::kFloat && c <= InstructionClass::kDoubleDivide) ||
         c == InstructionClass::kFloatLoad || c == InstructionClass::kFloatStore ||
         c == InstructionClass::kFloatLoadMultiple || c == InstructionClass::kFloatStoreMultiple;
}
// Transfers a list of registers; the words decide how long it takes.
constexpr bool is_multiple(InstructionClass c) {
  return c == InstructionClass::kLoadMultiple || c == InstructionClass::kStoreMultiple ||
         c == InstructionClass::kFloatLoadMultiple || c == InstructionClass::kFloatStoreMultiple ||
         c == InstructionClass::kPopPc;
}

// What the mnemonic alone tells; `id` is Capstone's. The operands refine it (instruction.cc).
InstructionClass class_of_mnemonic(unsigned id);

}  // namespace thimble::sim
