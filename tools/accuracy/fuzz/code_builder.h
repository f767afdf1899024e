// Writes the code of a case and keeps the promises of generator.h: it knows what the registers that
// serve as addresses hold at every place.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/random.h"
#include "tools/accuracy/fuzz/case.h"

namespace thimble::accuracy {

// A register with a known value: an address in the scratch memory, or a small index.
struct KnownRegister {
  uint32_t number = 0;
  uint32_t value = 0;  // a pointer: offset in the scratch memory
};

class CodeBuilder {
 public:
  CodeBuilder(uint32_t features, base::Random& random);

  // One more unit: an instruction, or a group of them that belong together.
  void add_unit();
  // Puts the stack pointer back where it was at the start.
  void finish();

  const std::vector<Piece>& code() const { return code_; }
  const std::vector<KnownRegister>& initial_pointers() const { return initial_pointers_; }
  const std::vector<KnownRegister>& initial_indices() const { return initial_indices_; }

 private:
  // While alive, what is emitted may be skipped or repeated: known registers keep their values.
  class Conditional {
   public:
    explicit Conditional(CodeBuilder& builder) : builder_(builder) { ++builder_.conditional_; }
    ~Conditional() { --builder_.conditional_; }

   private:
    CodeBuilder& builder_;
  };

  bool has(uint32_t features) const { return (features_ & features) == features; }
  bool chance(int percent) { return random_.integer(0, 99) < percent; }
  uint32_t below(uint32_t limit) { return static_cast<uint32_t>(random_.next() % limit); }
  uint32_t writable() const;
  uint32_t readable() const { return 0x5FFF; }  // r0 to r12, lr
  uint32_t any_writable(uint32_t limit) { return random_register(writable(), limit, random_); }
  uint32_t any_readable(uint32_t limit) { return random_register(readable(), limit, random_); }

  size_t emit16(uint32_t word, PieceKind kind = PieceKind::kPlain);
  size_t emit32(uint32_t word, PieceKind kind = PieceKind::kPlain);
  void align4();
  uint32_t size_bytes() const { return size_bytes_; }

  void add_encoding(const std::vector<Encoding>& table);
  void add_simple(bool in_it_block);
  void add_body(int units);

  // memory_builder.cc. One instruction; false: it cannot be done with the registers as they are.
  bool try_memory();
  bool load_store_narrow();
  bool load_store_register_narrow();
  bool load_store_stack();
  bool load_literal();
  bool load_store_multiple_narrow();
  bool load_store_wide();
  bool load_store_indexed();
  bool load_store_register_wide();
  bool load_literal_wide();
  bool load_store_pair();
  bool load_store_multiple_wide();
  bool float_load_store();
  bool float_literal();
  bool float_load_store_multiple();
  bool acquire_release();
  // The registers that can be a base, the stack pointer among them; nullptr: none fits.
  KnownRegister* base_register(uint32_t limit, bool word_aligned);
  std::optional<uint32_t> list_of_registers(uint32_t allowed, uint32_t least, uint32_t most);
  bool aligned_only() const { return !has(kV7M); }

  // Groups.
  void add_if_then();
  void add_skip();
  void add_loop();
  void add_computed_branch();
  void add_table_branch();
  void add_stack_group();
  void add_exclusive();
  void move_pointer();
  void load_multiple_with_base();
  void change_index();
  void push(bool wide);
  void pop(bool wide);

  uint32_t features_;
  base::Random& random_;
  std::vector<Piece> code_;
  uint32_t size_bytes_ = 0;
  std::vector<KnownRegister> pointers_;
  std::vector<KnownRegister> indices_;
  std::vector<KnownRegister> initial_pointers_;
  std::vector<KnownRegister> initial_indices_;
  KnownRegister stack_{13, kStackOffset};
  uint32_t reserved_ = 0;  // counters of loops
  int conditional_ = 0;
  int depth_ = 0;
  bool in_it_block_ = false;
};

}  // namespace thimble::accuracy
