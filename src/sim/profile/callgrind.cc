#include "sim/profile/callgrind.h"

#include <fmt/format.h>

#include <iterator>
#include <map>
#include <set>
#include <unordered_map>

namespace thimble::sim {
namespace {

// Name compression of the format: "(3) name" the first time, "(3)" afterwards.
class Names {
 public:
  std::string reference(const std::string& name) {
    const auto [at, is_new] = ids_.try_emplace(name, ids_.size() + 1);
    return is_new ? fmt::format("({}) {}", at->second, name) : fmt::format("({})", at->second);
  }

 private:
  std::unordered_map<std::string, size_t> ids_;
};

constexpr const char* kNoFile = "???";

// Whatever a symbol table holds, a name is one line.
std::string one_line(std::string text) {
  for (char& c : text)
    if (static_cast<unsigned char>(c) < 0x20) c = '?';
  return text;
}

std::string cost_text(const Cost& cost) {
  return fmt::format("{} {} {} {}", cost.cycles, cost.instructions, cost.data_stalls,
                     cost.fetch_stalls);
}

class Writer {
 public:
  Writer(const Elf& elf, const Profile& profile) : elf_(elf), profile_(profile) {
    // Two functions may share a name (static ones in two files): the address tells them apart.
    std::map<std::string, size_t> uses;
    for (const Profile::Function& function : profile.functions) ++uses[function_name(function)];
    for (const Profile::Function& function : profile.functions) {
      std::string name = function_name(function);
      if (uses[name] > 1 && function.symbol)
        name += fmt::format("@{:#x}", function.symbol->address);
      names_.push_back(one_line(std::move(name)));
    }
    for (const Profile::Call& call : profile.calls) {
      const Profile::Block& block = profile.blocks[call.from_block];
      calls_[block.function].push_back(&call);
    }
  }

  std::string write(std::span<const InstructionCost> instructions, std::string_view command) {
    Cost all = profile_.total;
    all.cycles += profile_.idle_cycles;
    put("# callgrind format\nversion: 1\ncreator: thimble\ncmd: {}\npart: 1\n\n",
        one_line(std::string(command)));
    put("positions: instr line\nevents: Cycles Instructions DataStalls FetchStalls\n");
    put("summary: {}\n", cost_text(all));
    for (size_t at = 0; at < instructions.size();) {
      size_t end = at;
      while (end < instructions.size() && instructions[end].function == instructions[at].function)
        ++end;
      write_function(instructions.subspan(at, end - at));
      at = end;
    }
    if (profile_.idle_cycles > 0)
      put("\nfl={}\nfn={}\n0x0 0 {}\n", files_.reference(kNoFile), functions_.reference("(idle)"),
          cost_text({.cycles = profile_.idle_cycles}));
    put("\ntotals: {}\n", cost_text(all));
    return std::move(text_);
  }

 private:
  template <typename... Args>
  void put(fmt::format_string<Args...> format, Args&&... args) {
    fmt::format_to(std::back_inserter(text_), format, std::forward<Args>(args)...);
  }

  std::string position(uint32_t address, const std::optional<SourceLine>& line) const {
    return fmt::format("{:#x} {}", address, line ? line->line : 0);
  }
  static std::string file_of(const std::optional<SourceLine>& line) {
    return line ? one_line(line->file) : kNoFile;
  }

  void write_function(std::span<const InstructionCost> instructions) {
    const size_t function = instructions.front().function;
    const Symbol* symbol = profile_.functions[function].symbol;
    const uint32_t start = symbol ? symbol->address : instructions.front().address;
    const std::string own_file = file_of(elf_.source_line(start));
    put("\nfl={}\nfn={}\n", files_.reference(own_file), functions_.reference(names_[function]));
    std::string file = own_file;
    for (const InstructionCost& instruction : instructions) {
      const std::optional<SourceLine> line = elf_.source_line(instruction.address);
      // Code that was inlined from elsewhere.
      if (std::string its_file = file_of(line); its_file != file) {
        put("{}={}\n", its_file == own_file ? "fe" : "fi", files_.reference(its_file));
        file = std::move(its_file);
      }
      put("{} {}\n", position(instruction.address, line), cost_text(instruction.cost));
    }
    if (file != own_file) put("fe={}\n", files_.reference(own_file));
    for (const Profile::Call* call : calls_[function]) write_call(*call);
  }

  void write_call(const Profile::Call& call) {
    const Profile::Block& block = profile_.blocks[call.from_block];
    const Symbol* callee = profile_.functions[call.callee].symbol;
    const uint32_t target = callee ? callee->address : 0;
    const std::optional<SourceLine> target_line = elf_.source_line(target);
    const uint32_t call_address = block.end - 2;  // within the block's last instruction
    put("cfi={}\ncfn={}\n", files_.reference(file_of(target_line)),
        functions_.reference(names_[call.callee]));
    put("calls={} {}\n", call.count, position(target, target_line));
    put("{} {}\n", position(call_address, elf_.source_line(call_address)), cost_text(call.cost));
  }

  const Elf& elf_;
  const Profile& profile_;
  std::vector<std::string> names_;                             // by function
  std::map<size_t, std::vector<const Profile::Call*>> calls_;  // by calling function
  Names files_, functions_;
  std::string text_;
};

}  // namespace

std::string callgrind_text(const Elf& elf, const Profile& profile,
                           std::span<const InstructionCost> instructions,
                           std::string_view command) {
  return Writer(elf, profile).write(instructions, command);
}

}  // namespace thimble::sim
