// Encodings of the Armv7-M manual (DDI 0403E, sections A5.2 and A5.3) without memory and control
// flow.
#include "tools/accuracy/fuzz/encoding.h"

namespace thimble::accuracy {
namespace {

constexpr uint32_t bits(uint32_t word, int high, int low) {
  return word >> low & ((2u << (high - low)) - 1);
}

// ThumbExpandImm: a repeated byte of zero is UNPREDICTABLE.
bool constant_is_valid(uint32_t word) {
  const uint32_t pattern = bits(word, 26, 26) << 3 | bits(word, 14, 12);
  return pattern == 0 || pattern >= 4 || bits(word, 7, 0) != 0;
}

uint32_t low_bit(uint32_t word) {
  return bits(word, 14, 12) << 2 | bits(word, 7, 6);
}

bool extract_is_valid(uint32_t word) {
  return low_bit(word) + bits(word, 4, 0) <= 31;
}
bool insert_is_valid(uint32_t word) {
  return bits(word, 4, 0) >= low_bit(word);
}
// With a shift of ASR #0 it is SSAT16 or USAT16.
bool saturate_is_valid(uint32_t word) {
  return bits(word, 21, 21) == 0 || low_bit(word) != 0;
}
bool shift_is_not_zero(uint32_t word) {
  return bits(word, 10, 6) != 0;
}
bool compares_a_high_register(uint32_t word) {
  return bits(word, 7, 7) == 1 || bits(word, 6, 6) == 1;
}
bool parallel_is_valid(uint32_t word) {
  return bits(word, 5, 4) != 3;
}

std::vector<Encoding> make_table() {
  std::vector<Encoding> table = {
      // 16 bits
      {"LSL imm", kV6M, "00000 xxxxx mmm ddd", shift_is_not_zero},
      {"MOVS", kV6M, "0000000000 mmm ddd", nullptr, kOutsideIt},
      {"LSR imm", kV6M, "00001 xxxxx mmm ddd"},
      {"ASR imm", kV6M, "00010 xxxxx mmm ddd"},
      {"ADD reg", kV6M, "0001100 mmm nnn ddd"},
      {"SUB reg", kV6M, "0001101 mmm nnn ddd"},
      {"ADD imm3", kV6M, "0001110 xxx nnn ddd"},
      {"SUB imm3", kV6M, "0001111 xxx nnn ddd"},
      {"MOV imm8", kV6M, "00100 ddd xxxxxxxx"},
      {"CMP imm8", kV6M, "00101 nnn xxxxxxxx"},
      {"ADD imm8", kV6M, "00110 ddd xxxxxxxx"},
      {"SUB imm8", kV6M, "00111 ddd xxxxxxxx"},
      {"AND", kV6M, "0100000000 mmm ddd"},
      {"EOR", kV6M, "0100000001 mmm ddd"},
      {"LSL reg", kV6M, "0100000010 mmm ddd"},
      {"LSR reg", kV6M, "0100000011 mmm ddd"},
      {"ASR reg", kV6M, "0100000100 mmm ddd"},
      {"ADC", kV6M, "0100000101 mmm ddd"},
      {"SBC", kV6M, "0100000110 mmm ddd"},
      {"ROR reg", kV6M, "0100000111 mmm ddd"},
      {"TST", kV6M, "0100001000 mmm nnn"},
      {"RSB", kV6M, "0100001001 mmm ddd"},
      {"CMP", kV6M, "0100001010 mmm nnn"},
      {"CMN", kV6M, "0100001011 mmm nnn"},
      {"ORR", kV6M, "0100001100 mmm ddd"},
      {"MUL", kV6M, "0100001101 mmm ddd"},
      {"BIC", kV6M, "0100001110 mmm ddd"},
      {"MVN", kV6M, "0100001111 mmm ddd"},
      {"ADD high", kV6M, "01000100 d mmmm ddd"},
      {"CMP high", kV6M, "01000101 n mmmm nnn", compares_a_high_register},
      {"MOV high", kV6M, "01000110 d mmmm ddd"},
      {"ADR", kV6M, "10100 ddd xxxxxxxx"},
      {"ADD sp imm", kV6M, "10101 ddd xxxxxxxx"},
      {"SXTH", kV6M, "1011001000 mmm ddd"},
      {"SXTB", kV6M, "1011001001 mmm ddd"},
      {"UXTH", kV6M, "1011001010 mmm ddd"},
      {"UXTB", kV6M, "1011001011 mmm ddd"},
      {"REV", kV6M, "1011101000 mmm ddd"},
      {"REV16", kV6M, "1011101001 mmm ddd"},
      {"REVSH", kV6M, "1011101011 mmm ddd"},
      {"NOP", kV6M, "10111111 00000000", nullptr, kRare},
      {"CPSIE i", kV6M, "1011011001100010", nullptr, kOutsideIt | kRare},
      {"CPSID i", kV6M, "1011011001110010", nullptr, kOutsideIt | kRare},
      // 32 bits, also in Armv6-M
      {"MRS APSR", kV6M, "11110011 1110 1111 1000 dddd 00000000", nullptr, kRare},
      {"MRS PRIMASK", kV6M, "11110011 1110 1111 1000 dddd 00010000", nullptr, kRare},
      {"MSR APSR", kV6M, "11110011 1000 nnnn 1000 1000 00000000", nullptr, kRare},
      {"MSR PRIMASK", kV6M, "11110011 1000 nnnn 1000 1000 00010000", nullptr, kRare},
      {"DSB", kV6M, "1111001110111111 1000111101001111", nullptr, kRare},
      {"DMB", kV6M, "1111001110111111 1000111101011111", nullptr, kRare},
      {"ISB", kV6M, "1111001110111111 1000111101101111", nullptr, kRare},
      {"CLREX", kV7M, "1111001110111111 1000111100101111", nullptr, kRare},
      {"NOP.W", kV7M, "1111001110101111 1000000000000000", nullptr, kRare},
      // Modified immediate
      {"TST.W imm", kV7M, "11110 x 000001 nnnn 0 xxx 1111 xxxxxxxx", constant_is_valid},
      {"TEQ.W imm", kV7M, "11110 x 001001 nnnn 0 xxx 1111 xxxxxxxx", constant_is_valid},
      {"CMN.W imm", kV7M, "11110 x 010001 nnnn 0 xxx 1111 xxxxxxxx", constant_is_valid},
      {"CMP.W imm", kV7M, "11110 x 011011 nnnn 0 xxx 1111 xxxxxxxx", constant_is_valid},
      {"MOV.W imm", kV7M, "11110 x 00010 x 1111 0 xxx dddd xxxxxxxx", constant_is_valid},
      {"MVN.W imm", kV7M, "11110 x 00011 x 1111 0 xxx dddd xxxxxxxx", constant_is_valid},
      {"AND.W imm", kV7M, "11110 x 00000 x nnnn 0 xxx dddd xxxxxxxx", constant_is_valid},
      {"BIC.W imm", kV7M, "11110 x 00001 x nnnn 0 xxx dddd xxxxxxxx", constant_is_valid},
      {"ORR.W imm", kV7M, "11110 x 00010 x nnnn 0 xxx dddd xxxxxxxx", constant_is_valid},
      {"ORN.W imm", kV7M, "11110 x 00011 x nnnn 0 xxx dddd xxxxxxxx", constant_is_valid},
      {"EOR.W imm", kV7M, "11110 x 00100 x nnnn 0 xxx dddd xxxxxxxx", constant_is_valid},
      {"ADD.W imm", kV7M, "11110 x 01000 x nnnn 0 xxx dddd xxxxxxxx", constant_is_valid},
      {"ADC.W imm", kV7M, "11110 x 01010 x nnnn 0 xxx dddd xxxxxxxx", constant_is_valid},
      {"SBC.W imm", kV7M, "11110 x 01011 x nnnn 0 xxx dddd xxxxxxxx", constant_is_valid},
      {"SUB.W imm", kV7M, "11110 x 01101 x nnnn 0 xxx dddd xxxxxxxx", constant_is_valid},
      {"RSB.W imm", kV7M, "11110 x 01110 x nnnn 0 xxx dddd xxxxxxxx", constant_is_valid},
      // Plain immediate
      {"ADDW", kV7M, "11110 x 100000 nnnn 0 xxx dddd xxxxxxxx"},
      {"SUBW", kV7M, "11110 x 101010 nnnn 0 xxx dddd xxxxxxxx"},
      {"ADR.W", kV7M, "11110 x 100000 1111 0 xxx dddd xxxxxxxx"},
      {"ADR.W before", kV7M, "11110 x 101010 1111 0 xxx dddd xxxxxxxx"},
      {"ADD.W sp imm", kV7M, "11110 x 01000 x 1101 0 xxx dddd xxxxxxxx", constant_is_valid},
      {"SUB.W sp imm", kV7M, "11110 x 01101 x 1101 0 xxx dddd xxxxxxxx", constant_is_valid},
      {"ADD.W sp reg", kV7M, "11101011000 x 1101 0000 dddd 0000 mmmm"},
      {"MOVW", kV7M, "11110 x 100100 xxxx 0 xxx dddd xxxxxxxx"},
      {"MOVT", kV7M, "11110 x 101100 xxxx 0 xxx dddd xxxxxxxx"},
      {"SSAT", kV7M, "111100110 0 x 0 nnnn 0 xxx dddd xx 0 xxxxx", saturate_is_valid},
      {"USAT", kV7M, "111100111 0 x 0 nnnn 0 xxx dddd xx 0 xxxxx", saturate_is_valid},
      {"SBFX", kV7M, "111100110100 nnnn 0 xxx dddd xx 0 xxxxx", extract_is_valid},
      {"UBFX", kV7M, "111100111100 nnnn 0 xxx dddd xx 0 xxxxx", extract_is_valid},
      {"BFI", kV7M, "111100110110 nnnn 0 xxx dddd xx 0 xxxxx", insert_is_valid},
      {"BFC", kV7M, "111100110110 1111 0 xxx dddd xx 0 xxxxx", insert_is_valid},
      // Shifted register
      {"TST.W", kV7M, "111010100001 nnnn 0 xxx 1111 xxxx mmmm"},
      {"TEQ.W", kV7M, "111010101001 nnnn 0 xxx 1111 xxxx mmmm"},
      {"CMN.W", kV7M, "111010110001 nnnn 0 xxx 1111 xxxx mmmm"},
      {"CMP.W", kV7M, "111010111011 nnnn 0 xxx 1111 xxxx mmmm"},
      {"MOV.W", kV7M, "11101010010 x 1111 0 xxx dddd xxxx mmmm"},
      {"MVN.W", kV7M, "11101010011 x 1111 0 xxx dddd xxxx mmmm"},
      {"AND.W", kV7M, "11101010000 x nnnn 0 xxx dddd xxxx mmmm"},
      {"BIC.W", kV7M, "11101010001 x nnnn 0 xxx dddd xxxx mmmm"},
      {"ORR.W", kV7M, "11101010010 x nnnn 0 xxx dddd xxxx mmmm"},
      {"ORN.W", kV7M, "11101010011 x nnnn 0 xxx dddd xxxx mmmm"},
      {"EOR.W", kV7M, "11101010100 x nnnn 0 xxx dddd xxxx mmmm"},
      {"PKH", kDsp, "111010101100 nnnn 0 xxx dddd xx x0 mmmm"},
      {"ADD.W", kV7M, "11101011000 x nnnn 0 xxx dddd xxxx mmmm"},
      {"ADC.W", kV7M, "11101011010 x nnnn 0 xxx dddd xxxx mmmm"},
      {"SBC.W", kV7M, "11101011011 x nnnn 0 xxx dddd xxxx mmmm"},
      {"SUB.W", kV7M, "11101011101 x nnnn 0 xxx dddd xxxx mmmm"},
      {"RSB.W", kV7M, "11101011110 x nnnn 0 xxx dddd xxxx mmmm"},
      // Register
      {"LSL.W", kV7M, "11111010000 x nnnn 1111 dddd 0000 mmmm"},
      {"LSR.W", kV7M, "11111010001 x nnnn 1111 dddd 0000 mmmm"},
      {"ASR.W", kV7M, "11111010010 x nnnn 1111 dddd 0000 mmmm"},
      {"ROR.W", kV7M, "11111010011 x nnnn 1111 dddd 0000 mmmm"},
      {"SXTH.W", kV7M, "111110100000 1111 1111 dddd 10 xx mmmm"},
      {"UXTH.W", kV7M, "111110100001 1111 1111 dddd 10 xx mmmm"},
      {"SXTB.W", kV7M, "111110100100 1111 1111 dddd 10 xx mmmm"},
      {"UXTB.W", kV7M, "111110100101 1111 1111 dddd 10 xx mmmm"},
      {"REV.W", kV7M, "111110101001 MMMM 1111 dddd 1000 mmmm"},
      {"REV16.W", kV7M, "111110101001 MMMM 1111 dddd 1001 mmmm"},
      {"RBIT", kV7M, "111110101001 MMMM 1111 dddd 1010 mmmm"},
      {"REVSH.W", kV7M, "111110101001 MMMM 1111 dddd 1011 mmmm"},
      {"CLZ", kV7M, "111110101011 MMMM 1111 dddd 1000 mmmm"},
      // Multiply and divide
      {"MUL.W", kV7M, "111110110000 nnnn 1111 dddd 0000 mmmm"},
      {"MLA", kV7M, "111110110000 nnnn aaaa dddd 0000 mmmm"},
      {"MLS", kV7M, "111110110000 nnnn aaaa dddd 0001 mmmm"},
      {"SMULL", kV7M, "111110111000 nnnn dddd eeee 0000 mmmm"},
      {"SDIV", kV7M, "111110111001 nnnn 1111 dddd 1111 mmmm"},
      {"UMULL", kV7M, "111110111010 nnnn dddd eeee 0000 mmmm"},
      {"UDIV", kV7M, "111110111011 nnnn 1111 dddd 1111 mmmm"},
      {"SMLAL", kV7M, "111110111100 nnnn dddd eeee 0000 mmmm"},
      {"UMLAL", kV7M, "111110111110 nnnn dddd eeee 0000 mmmm"},
      // DSP
      {"MSR APSR g", kDsp, "11110011 1000 nnnn 1000 0100 00000000", nullptr, kRare},
      {"MSR APSR nzcvqg", kDsp, "11110011 1000 nnnn 1000 1100 00000000", nullptr, kRare},
      {"SSAT16", kDsp, "111100110010 nnnn 0000 dddd 0000 xxxx"},
      {"USAT16", kDsp, "111100111010 nnnn 0000 dddd 0000 xxxx"},
      {"SXTAH", kDsp, "111110100000 nnnn 1111 dddd 10 xx mmmm"},
      {"UXTAH", kDsp, "111110100001 nnnn 1111 dddd 10 xx mmmm"},
      {"SXTAB16", kDsp, "111110100010 nnnn 1111 dddd 10 xx mmmm"},
      {"UXTAB16", kDsp, "111110100011 nnnn 1111 dddd 10 xx mmmm"},
      {"SXTAB", kDsp, "111110100100 nnnn 1111 dddd 10 xx mmmm"},
      {"UXTAB", kDsp, "111110100101 nnnn 1111 dddd 10 xx mmmm"},
      {"SXTB16", kDsp, "111110100010 1111 1111 dddd 10 xx mmmm"},
      {"UXTB16", kDsp, "111110100011 1111 1111 dddd 10 xx mmmm"},
      {"ADD8", kDsp, "111110101000 nnnn 1111 dddd 0 xxx mmmm", parallel_is_valid},
      {"ADD16", kDsp, "111110101001 nnnn 1111 dddd 0 xxx mmmm", parallel_is_valid},
      {"ASX", kDsp, "111110101010 nnnn 1111 dddd 0 xxx mmmm", parallel_is_valid},
      {"SUB8", kDsp, "111110101100 nnnn 1111 dddd 0 xxx mmmm", parallel_is_valid},
      {"SUB16", kDsp, "111110101101 nnnn 1111 dddd 0 xxx mmmm", parallel_is_valid},
      {"SAX", kDsp, "111110101110 nnnn 1111 dddd 0 xxx mmmm", parallel_is_valid},
      {"QADD QSUB", kDsp, "111110101000 nnnn 1111 dddd 10 xx mmmm"},
      {"SEL", kDsp, "111110101010 nnnn 1111 dddd 1000 mmmm"},
      {"SMLAxy", kDsp, "111110110001 nnnn aaaa dddd 00 xx mmmm"},
      {"SMULxy", kDsp, "111110110001 nnnn 1111 dddd 00 xx mmmm"},
      {"SMLAD", kDsp, "111110110010 nnnn aaaa dddd 000 x mmmm"},
      {"SMUAD", kDsp, "111110110010 nnnn 1111 dddd 000 x mmmm"},
      {"SMLAWy", kDsp, "111110110011 nnnn aaaa dddd 000 x mmmm"},
      {"SMULWy", kDsp, "111110110011 nnnn 1111 dddd 000 x mmmm"},
      {"SMLSD", kDsp, "111110110100 nnnn aaaa dddd 000 x mmmm"},
      {"SMUSD", kDsp, "111110110100 nnnn 1111 dddd 000 x mmmm"},
      {"SMMLA", kDsp, "111110110101 nnnn aaaa dddd 000 x mmmm"},
      {"SMMUL", kDsp, "111110110101 nnnn 1111 dddd 000 x mmmm"},
      {"SMMLS", kDsp, "111110110110 nnnn aaaa dddd 000 x mmmm"},
      {"USADA8", kDsp, "111110110111 nnnn aaaa dddd 0000 mmmm"},
      {"USAD8", kDsp, "111110110111 nnnn 1111 dddd 0000 mmmm"},
      {"SMLALxy", kDsp, "111110111100 nnnn dddd eeee 10 xx mmmm"},
      {"SMLALD", kDsp, "111110111100 nnnn dddd eeee 110 x mmmm"},
      {"SMLSLD", kDsp, "111110111101 nnnn dddd eeee 110 x mmmm"},
      {"UMAAL", kDsp, "111110111110 nnnn dddd eeee 0110 mmmm"},
  };
  return table;
}

}  // namespace

const std::vector<Encoding>& integer_encodings() {
  static const std::vector<Encoding> table = make_table();
  return table;
}

}  // namespace thimble::accuracy
