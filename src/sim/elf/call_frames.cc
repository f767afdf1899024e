#include "sim/elf/call_frames.h"

#include <dwarf.h>
#include <elfutils/libdw.h>
#include <libelf.h>

#include <cstdlib>
#include <vector>

#include "sim/cpu/state.h"

namespace thimble::sim {
namespace {

// What an expression leaves: the value itself, or where it is stored.
struct Operand {
  uint32_t value = 0;
  bool is_value = false;
};

// The handful of operations that libdw makes out of call frame instructions, and that compilers
// write into CFA expressions: sums of registers, constants and words in memory.
class Evaluator {
 public:
  Evaluator(const CallFrames::Registers& registers, const CallFrames::WordReader& read_word,
            std::optional<uint32_t> cfa)
      : registers_(registers), read_word_(read_word), cfa_(cfa) {}

  std::optional<Operand> evaluate(std::span<const Dwarf_Op> operations) {
    stack_.clear();
    bool is_value = false;
    for (const Dwarf_Op& operation : operations)
      if (!step(operation, is_value)) return std::nullopt;
    if (stack_.empty()) return std::nullopt;
    return Operand{stack_.back(), is_value};
  }

 private:
  bool step(const Dwarf_Op& operation, bool& is_value) {
    const unsigned code = operation.atom;
    const auto first = static_cast<uint32_t>(operation.number);
    if (code >= DW_OP_breg0 && code <= DW_OP_breg31)
      return push_register(code - DW_OP_breg0, first);
    if (code >= DW_OP_reg0 && code <= DW_OP_reg31) {
      is_value = true;
      return push_register(code - DW_OP_reg0, 0);
    }
    if (code >= DW_OP_lit0 && code <= DW_OP_lit31) return push(code - DW_OP_lit0);
    switch (code) {
      case DW_OP_bregx:
        return push_register(first, static_cast<uint32_t>(operation.number2));
      case DW_OP_regx:
        is_value = true;
        return push_register(first, 0);
      case DW_OP_call_frame_cfa:
        return cfa_ && push(*cfa_);
      case DW_OP_const1u:
      case DW_OP_const1s:
      case DW_OP_const2u:
      case DW_OP_const2s:
      case DW_OP_const4u:
      case DW_OP_const4s:
      case DW_OP_constu:
      case DW_OP_consts:
      case DW_OP_addr:
        return push(first);
      case DW_OP_plus_uconst:
        return !stack_.empty() && (stack_.back() += first, true);
      case DW_OP_plus:
        return combine([](uint32_t a, uint32_t b) { return a + b; });
      case DW_OP_minus:
        return combine([](uint32_t a, uint32_t b) { return a - b; });
      case DW_OP_and:
        return combine([](uint32_t a, uint32_t b) { return a & b; });
      case DW_OP_deref:
        return dereference();
      case DW_OP_stack_value:
        is_value = true;
        return true;
      default:
        return false;
    }
  }

  bool push(uint32_t value) {
    stack_.push_back(value);
    return true;
  }
  bool push_register(uint32_t number, uint32_t offset) {
    return number < registers_.size() && push(registers_[number] + offset);
  }
  template <typename Function>
  bool combine(Function function) {
    if (stack_.size() < 2) return false;
    const uint32_t right = stack_.back();
    stack_.pop_back();
    stack_.back() = function(stack_.back(), right);
    return true;
  }
  bool dereference() {
    if (stack_.empty()) return false;
    const std::optional<uint32_t> word = read_word_(stack_.back());
    if (word) stack_.back() = *word;
    return word.has_value();
  }

  const CallFrames::Registers& registers_;
  const CallFrames::WordReader& read_word_;
  std::optional<uint32_t> cfa_;
  std::vector<uint32_t> stack_;
};

// The caller's value of a register; nullopt: the frame has lost it.
std::optional<uint32_t> caller_register(Dwarf_Frame* frame, int number,
                                        const CallFrames::Registers& registers,
                                        const CallFrames::WordReader& read_word, uint32_t cfa) {
  Dwarf_Op memory[3];
  Dwarf_Op* operations = nullptr;
  size_t count = 0;
  if (dwarf_frame_register(frame, number, memory, &operations, &count) != 0) return std::nullopt;
  if (count == 0) {
    const bool undefined = operations != nullptr;
    if (undefined) return std::nullopt;
    return registers[static_cast<size_t>(number)];
  }
  const auto operand = Evaluator(registers, read_word, cfa).evaluate(std::span(operations, count));
  if (!operand) return std::nullopt;
  return operand->is_value ? std::optional(operand->value) : read_word(operand->value);
}

}  // namespace

struct CallFrames::Handles {
  std::vector<char> image;  // libelf wants memory it may write to
  ::Elf* elf = nullptr;
  Dwarf* dwarf = nullptr;
  Dwarf_CFI* debug_frame = nullptr;  // belongs to `dwarf`
  Dwarf_CFI* eh_frame = nullptr;
};

CallFrames::CallFrames(std::span<const std::byte> image) : handles_(std::make_unique<Handles>()) {
  elf_version(EV_CURRENT);
  const char* begin = reinterpret_cast<const char*>(image.data());
  handles_->image.assign(begin, begin + image.size());
  handles_->elf = elf_memory(handles_->image.data(), handles_->image.size());
  if (!handles_->elf) return;
  handles_->eh_frame = dwarf_getcfi_elf(handles_->elf);
  handles_->dwarf = dwarf_begin_elf(handles_->elf, DWARF_C_READ, nullptr);
  if (handles_->dwarf) handles_->debug_frame = dwarf_getcfi(handles_->dwarf);
}

CallFrames::~CallFrames() {
  if (handles_->eh_frame) dwarf_cfi_end(handles_->eh_frame);
  if (handles_->dwarf) dwarf_end(handles_->dwarf);
  if (handles_->elf) elf_end(handles_->elf);
}

std::optional<CallFrames::Registers> CallFrames::caller(uint32_t pc, const Registers& registers,
                                                        const WordReader& read_word) const {
  Dwarf_Frame* found = nullptr;
  for (Dwarf_CFI* cfi : {handles_->debug_frame, handles_->eh_frame})
    if (cfi && !found && dwarf_cfi_addrframe(cfi, pc, &found) != 0) found = nullptr;
  if (!found) return std::nullopt;
  const std::unique_ptr<Dwarf_Frame, decltype(&std::free)> frame(found, &std::free);

  Dwarf_Op* operations = nullptr;
  size_t count = 0;
  if (dwarf_frame_cfa(frame.get(), &operations, &count) != 0) return std::nullopt;
  const auto cfa = Evaluator(registers, read_word, std::nullopt)
                       .evaluate(std::span<const Dwarf_Op>(operations, count));
  if (!cfa) return std::nullopt;
  Registers result{};
  for (int i = 0; i < kSp; ++i)
    result[static_cast<size_t>(i)] =
        caller_register(frame.get(), i, registers, read_word, cfa->value)
            .value_or(registers[static_cast<size_t>(i)]);
  result[kSp] = cfa->value;
  const auto return_address = caller_register(frame.get(), kLr, registers, read_word, cfa->value);
  if (!return_address) return std::nullopt;
  result[kLr] = *return_address;
  result[kPc] = *return_address;
  return result;
}

}  // namespace thimble::sim
