#include "sim/cpu/branch.h"

#include "base/check.h"
#include "sim/cpu/condition.h"

namespace thimble::sim {
namespace {

const Operation* to_imm(Context& x, const Operation* o) {
  x.state.r[kPc] = o->imm;
  return nullptr;
}

template <unsigned kCondition>
const Operation* to_imm_if(Context& x, const Operation* o) {
  if (!condition_holds<kCondition>(x.state)) return o + 1;
  return to_imm(x, o);
}

template <unsigned kCondition>
const Operation* skip(Context& x, const Operation* o) {
  if (condition_holds<kCondition>(x.state)) return o + 1;
  x.cycles -= o->a;
  return o + 1 + o->imm;
}

template <template <unsigned> typename kHandlers>
Handler by_condition(unsigned condition) {
  switch (condition) {
    case 0:
      return kHandlers<0>::run;
    case 1:
      return kHandlers<1>::run;
    case 2:
      return kHandlers<2>::run;
    case 3:
      return kHandlers<3>::run;
    case 4:
      return kHandlers<4>::run;
    case 5:
      return kHandlers<5>::run;
    case 6:
      return kHandlers<6>::run;
    case 7:
      return kHandlers<7>::run;
    case 8:
      return kHandlers<8>::run;
    case 9:
      return kHandlers<9>::run;
    case 10:
      return kHandlers<10>::run;
    case 11:
      return kHandlers<11>::run;
    case 12:
      return kHandlers<12>::run;
    case 13:
      return kHandlers<13>::run;
    default:
      return kHandlers<kAlways>::run;
  }
}

template <unsigned kCondition>
struct BranchIf {
  static constexpr Handler run = to_imm_if<kCondition>;
};
template <unsigned kCondition>
struct SkipUnless {
  static constexpr Handler run = skip<kCondition>;
};

template <bool kZero>
const Operation* compare_and_branch(Context& x, const Operation* o) {
  if ((x.state.r[o->n] == 0) != kZero) return o + 1;
  return to_imm(x, o);
}

uint32_t link_value(const Context& x, const Operation* o) {
  return (x.pc_of(o) + o->bytes) | 1;
}

const Operation* call(Context& x, const Operation* o) {
  x.state.r[kLr] = link_value(x, o);
  return to_imm(x, o);
}

const Operation* exchange(Context& x, const Operation* o) {
  return x.jump(o, x.state.r[o->m]);
}

const Operation* call_exchange(Context& x, const Operation* o) {
  const uint32_t target = x.state.r[o->m];
  // No EXC_RETURN here: BLX does not return from exceptions.
  if ((target & 1) == 0) return x.leave(o, Exit::kInvalidState, target);
  x.state.r[kLr] = link_value(x, o);
  x.state.r[kPc] = target & ~1u;
  return nullptr;
}

const Operation* pc_from_register(Context& x, const Operation* o) {
  x.state.r[kPc] = (x.state.r[o->m] + o->imm) & ~1u;
  return nullptr;
}

template <typename T>
const Operation* table(Context& x, const Operation* o) {
  const uint32_t base = o->n == kPc ? o->imm : x.state.r[o->n];
  const uint32_t address = base + x.state.r[o->m] * static_cast<uint32_t>(sizeof(T));
  T distance;
  if (!x.load(o, address, distance)) return nullptr;
  x.state.r[kPc] = x.pc_of(o) + 4 + 2u * distance;
  return nullptr;
}

template <Exit kExit, bool kPastIt>
const Operation* leave(Context& x, const Operation* o) {
  x.leave(o, kExit);
  if constexpr (kPastIt) x.state.r[kPc] += o->bytes;
  x.state.it = o->d;
  return nullptr;
}

const Operation* next(Context&, const Operation* o) {
  return o + 1;
}

const Operation* signal(Context& x, const Operation* o) {
  x.event = true;
  return o + 1;
}

const Operation* align_sp(Context& x, const Operation* o) {
  x.state.r[kSp] &= ~3u;
  return o + 1;
}

const Operation* change_state(Context& x, const Operation* o) {
  if (x.state.privileged()) {
    if (o->imm & 1) x.state.primask = o->a;
    if (o->imm & 2) x.state.faultmask = o->a;
    x.attend = true;  // an interrupt may be waiting for this
  }
  return o + 1;
}

// Numbers of the special registers (manual, table B5-1; stack limits: Armv8-M).
enum Special : uint32_t {
  kMsp = 8,
  kPsp = 9,
  kMspLimit = 10,
  kPspLimit = 11,
  kPrimask = 16,
  kBasepri = 17,
  kBasepriMax = 18,
  kFaultmask = 19,
  kControl = 20,
};

uint32_t read_special(const Context& x, uint32_t number) {
  const CpuState& s = x.state;
  constexpr uint32_t kApsr = 0xF80F0000;
  constexpr uint32_t kIpsr = 0x1FF;
  if (number < 8) {  // parts of xPSR; the EPSR reads as zero
    const uint32_t mask = ((number & 4) ? 0 : kApsr) | ((number & 1) ? kIpsr : 0);
    return s.xpsr() & mask;
  }
  switch (number) {
    case kMsp:
      return s.main_stack_active() ? s.r[kSp] : s.inactive_sp;
    case kPsp:
      return s.main_stack_active() ? s.inactive_sp : s.r[kSp];
    case kMspLimit:
      return s.stack_limits[0];
    case kPspLimit:
      return s.stack_limits[1];
    case kPrimask:
      return s.primask;
    case kBasepri:
    case kBasepriMax:
      return s.basepri;
    case kFaultmask:
      return s.faultmask;
    case kControl:
      return s.control;
    default:
      return 0;
  }
}

void write_special(Context& x, uint32_t number, uint32_t mask, uint32_t value) {
  CpuState& s = x.state;
  if (number < 4) {
    if (mask & 2) s.set_apsr(value);
    if ((mask & 1) && x.features.dsp) s.ge = value >> 16 & 0xF;
    return;
  }
  if (!s.privileged()) return;
  switch (number) {
    case kMsp:
      (s.main_stack_active() ? s.r[kSp] : s.inactive_sp) = value & ~3u;
      break;
    case kPsp:
      (s.main_stack_active() ? s.inactive_sp : s.r[kSp]) = value & ~3u;
      break;
    case kMspLimit:
      s.stack_limits[0] = value & ~7u;
      break;
    case kPspLimit:
      s.stack_limits[1] = value & ~7u;
      break;
    case kPrimask:
      s.primask = value & 1;
      break;
    case kBasepri:
      s.basepri = value & x.priority_mask;
      break;
    case kBasepriMax: {
      const uint32_t wanted = value & x.priority_mask;
      if (wanted != 0 && (s.basepri == 0 || wanted < s.basepri)) s.basepri = wanted;
      break;
    }
    case kFaultmask:
      s.faultmask = value & 1;
      break;
    case kControl:
      s.set_control(value, x.features.floats);
      break;
    default:
      break;
  }
}

const Operation* move_from_special(Context& x, const Operation* o) {
  x.state.r[o->d] = read_special(x, o->imm);
  return o + 1;
}

const Operation* move_to_special(Context& x, const Operation* o) {
  write_special(x, o->imm, o->a, x.state.r[o->n]);
  if (o->imm >= kPrimask) x.attend = true;
  return o + 1;
}

}  // namespace

Handler end_block() {
  return to_imm;
}
Handler branch() {
  return to_imm;
}
Handler branch_if(unsigned condition) {
  return by_condition<BranchIf>(condition);
}
Handler skip_unless(unsigned condition) {
  return by_condition<SkipUnless>(condition);
}
Handler branch_if_zero(bool zero) {
  return zero ? compare_and_branch<true> : compare_and_branch<false>;
}
Handler branch_and_link() {
  return call;
}
Handler branch_exchange() {
  return exchange;
}
Handler branch_link_exchange() {
  return call_exchange;
}
Handler move_to_pc() {
  return pc_from_register;
}
Handler table_branch(bool half_words) {
  return half_words ? table<uint16_t> : table<uint8_t>;
}
Handler undefined_instruction() {
  return leave<Exit::kUndefined, false>;
}
Handler break_instruction() {
  return leave<Exit::kBreak, false>;
}
Handler supervisor_call() {
  return leave<Exit::kSupervisorCall, true>;
}
Handler wait_for_interrupt() {
  return leave<Exit::kSleep, true>;
}
Handler wait_for_event() {
  return leave<Exit::kWaitEvent, true>;
}
Handler no_operation() {
  return next;
}
Handler send_event() {
  return signal;
}
Handler align_stack_pointer() {
  return align_sp;
}
Handler change_processor_state() {
  return change_state;
}
Handler move_from_special_register() {
  return move_from_special;
}
Handler move_to_special_register() {
  return move_to_special;
}

}  // namespace thimble::sim
