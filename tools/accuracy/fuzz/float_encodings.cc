// Encodings of the floating-point extension (DDI 0403E, sections A6.4 to A6.7) without loads and
// stores.
#include "tools/accuracy/fuzz/encoding.h"

namespace thimble::accuracy {
namespace {

// VMOV of two single registers: the second is the next one.
bool has_a_next_register(uint32_t word) {
  return (word & 0x2F) != 0x2F;
}
// 16-bit fixed point with more than 16 fraction bits.
bool fixed_point_is_valid(uint32_t word) {
  const uint32_t immediate = (word & 0xF) << 1 | (word >> 5 & 1);
  return (word >> 7 & 1) || immediate <= 16;
}

}  // namespace

const std::vector<Encoding>& float_encodings() {
  static const std::vector<Encoding> table = {
      // Single precision: any of S0 to S31 in each place.
      {"VMLA VMLS", kSingle, "11101110 0x00 xxxx xxxx 1010 xxx0 xxxx"},
      {"VNMLA VNMLS", kSingle, "11101110 0x01 xxxx xxxx 1010 xxx0 xxxx"},
      {"VMUL VNMUL", kSingle, "11101110 0x10 xxxx xxxx 1010 xxx0 xxxx"},
      {"VADD VSUB", kSingle, "11101110 0x11 xxxx xxxx 1010 xxx0 xxxx"},
      {"VDIV", kSingle, "11101110 1x00 xxxx xxxx 1010 x0x0 xxxx"},
      {"VFNMA VFNMS", kSingle, "11101110 1x01 xxxx xxxx 1010 xxx0 xxxx"},
      {"VFMA VFMS", kSingle, "11101110 1x10 xxxx xxxx 1010 xxx0 xxxx"},
      {"VMOV imm", kSingle, "11101110 1x11 xxxx xxxx 1010 0000 xxxx"},
      {"VMOV VABS", kSingle, "11101110 1x11 0000 xxxx 1010 x1x0 xxxx"},
      {"VNEG VSQRT", kSingle, "11101110 1x11 0001 xxxx 1010 x1x0 xxxx"},
      {"VCVTB VCVTT", kSingle, "11101110 1x11 001x xxxx 1010 x1x0 xxxx"},
      {"VCMP", kSingle, "11101110 1x11 0100 xxxx 1010 x1x0 xxxx"},
      {"VCMP zero", kSingle, "11101110 1x11 0101 xxxx 1010 x100 0000"},
      {"VCVT from int", kSingle, "11101110 1x11 1000 xxxx 1010 x1x0 xxxx"},
      {"VCVT to int", kSingle, "11101110 1x11 110x xxxx 1010 x1x0 xxxx"},
      {"VCVT fixed", kSingle, "11101110 1x11 1x1x xxxx 1010 x1x0 xxxx", fixed_point_is_valid},
      {"VMOV to s", kSingle, "11101110 0000 xxxx nnnn 1010 x001 0000"},
      {"VMOV from s", kSingle, "11101110 0001 xxxx dddd 1010 x001 0000"},
      {"VMOV to s, s", kSingle, "11101100 0100 mmmm nnnn 1010 00x1 xxxx", has_a_next_register},
      {"VMOV from s, s", kSingle, "11101100 0101 eeee dddd 1010 00x1 xxxx", has_a_next_register},
      {"VMOV to d", kSingle, "11101100 0100 mmmm nnnn 1011 0001 xxxx"},
      {"VMOV from d", kSingle, "11101100 0101 eeee dddd 1011 0001 xxxx"},
      {"VMOV to half of d", kSingle, "11101110 00x0 xxxx nnnn 1011 0001 0000"},
      {"VMOV from half of d", kSingle, "11101110 00x1 xxxx dddd 1011 0001 0000"},
      {"VMRS", kSingle, "11101110 1111 0001 dddd 1010 0001 0000", nullptr, kRare},
      {"VMRS APSR", kSingle, "11101110 1111 0001 1111 1010 0001 0000"},
      {"VMSR", kSingle, "11101110 1110 0001 nnnn 1010 0001 0000", nullptr, kRare},
      // FPv5
      {"VSEL", kFpV5, "11111110 0xxx xxxx xxxx 1010 x0x0 xxxx", nullptr, kOutsideIt},
      {"VMAXNM VMINNM", kFpV5, "11111110 1x00 xxxx xxxx 1010 xxx0 xxxx", nullptr, kOutsideIt},
      {"VRINTR VRINTZ", kFpV5, "11101110 1x11 0110 xxxx 1010 x1x0 xxxx"},
      {"VRINTX", kFpV5, "11101110 1x11 0111 xxxx 1010 01x0 xxxx"},
      {"VRINTA N P M", kFpV5, "11111110 1x11 10xx xxxx 1010 01x0 xxxx", nullptr, kOutsideIt},
      {"VCVTA N P M", kFpV5, "11111110 1x11 11xx xxxx 1010 x1x0 xxxx", nullptr, kOutsideIt},
      // Double precision: D0 to D15.
      {"VMLA.F64", kDouble, "11101110 0000 xxxx xxxx 1011 0x00 xxxx"},
      {"VNMLA.F64", kDouble, "11101110 0001 xxxx xxxx 1011 0x00 xxxx"},
      {"VMUL.F64", kDouble, "11101110 0010 xxxx xxxx 1011 0x00 xxxx"},
      {"VADD.F64", kDouble, "11101110 0011 xxxx xxxx 1011 0x00 xxxx"},
      {"VDIV.F64", kDouble, "11101110 1000 xxxx xxxx 1011 0000 xxxx"},
      {"VFNMA.F64", kDouble, "11101110 1001 xxxx xxxx 1011 0x00 xxxx"},
      {"VFMA.F64", kDouble, "11101110 1010 xxxx xxxx 1011 0x00 xxxx"},
      {"VMOV.F64 imm", kDouble, "11101110 1011 xxxx xxxx 1011 0000 xxxx"},
      {"VMOV VABS.F64", kDouble, "11101110 1011 0000 xxxx 1011 x100 xxxx"},
      {"VNEG VSQRT.F64", kDouble, "11101110 1011 0001 xxxx 1011 x100 xxxx"},
      {"VCVTB VCVTT.F64 from half", kDouble, "11101110 1011 0010 xxxx 1011 x1x0 xxxx"},
      {"VCVTB VCVTT.F64 to half", kDouble, "11101110 1x11 0011 xxxx 1011 x100 xxxx"},
      {"VCMP.F64", kDouble, "11101110 1011 0100 xxxx 1011 x100 xxxx"},
      {"VCMP.F64 zero", kDouble, "11101110 1011 0101 xxxx 1011 x100 0000"},
      {"VCVT F64 to F32", kDouble, "11101110 1x11 0111 xxxx 1011 1100 xxxx"},
      {"VCVT F32 to F64", kDouble, "11101110 1011 0111 xxxx 1010 11x0 xxxx"},
      {"VCVT.F64 from int", kDouble, "11101110 1011 1000 xxxx 1011 x1x0 xxxx"},
      {"VCVT.F64 to int", kDouble, "11101110 1x11 110x xxxx 1011 x100 xxxx"},
      {"VCVT.F64 fixed", kDouble, "11101110 1011 1x1x xxxx 1011 x1x0 xxxx", fixed_point_is_valid},
      {"VSEL.F64", kDouble, "11111110 00xx xxxx xxxx 1011 0000 xxxx", nullptr, kOutsideIt},
      {"VMAXNM.F64", kDouble, "11111110 1000 xxxx xxxx 1011 0x00 xxxx", nullptr, kOutsideIt},
      {"VRINTR VRINTZ.F64", kDouble, "11101110 1011 0110 xxxx 1011 x100 xxxx"},
      {"VRINTX.F64", kDouble, "11101110 1011 0111 xxxx 1011 0100 xxxx"},
      {"VRINTA.F64", kDouble, "11111110 1011 10xx xxxx 1011 0100 xxxx", nullptr, kOutsideIt},
      {"VCVTA.F64", kDouble, "11111110 1x11 11xx xxxx 1011 x100 xxxx", nullptr, kOutsideIt},
  };
  return table;
}

}  // namespace thimble::accuracy
