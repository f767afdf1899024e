#include "tools/accuracy/fuzz/case_batch.h"

#include <algorithm>
#include <cstring>

namespace thimble::accuracy {
namespace {

constexpr uint32_t kModeOffset = 4;        // in the image: 1 writes the records to a file
constexpr uint32_t kEntryWord = 47;        // of the scratch memory: popped into the pc
constexpr uint32_t kFirstPoppedWord = 39;  // r0 to r7
constexpr uint32_t kHeaderWords = 8 + 32 + kScratchBytes / 4;
constexpr size_t kPaddingBytes = 4096;  // loads of literals reach beyond the last case

class Writer {
 public:
  explicit Writer(base::Bytes& bytes) : bytes_(bytes) {}
  void word(uint32_t value) {
    halfword(value);
    halfword(value >> 16);
  }
  void halfword(uint32_t value) {
    bytes_.push_back(static_cast<std::byte>(value));
    bytes_.push_back(static_cast<std::byte>(value >> 8));
  }

 private:
  base::Bytes& bytes_;
};

// BL between two addresses.
uint32_t call_word(uint32_t from, uint32_t to) {
  const uint32_t offset = to - (from + 4);
  const uint32_t sign = offset >> 31;
  const uint32_t j1 = ~(offset >> 23 ^ sign) & 1;
  const uint32_t j2 = ~(offset >> 22 ^ sign) & 1;
  return 0xF000D000 | sign << 26 | (offset >> 12 & 0x3FF) << 16 | j1 << 13 | j2 << 11 |
         (offset >> 1 & 0x7FF);
}

}  // namespace

size_t max_cases(const Target& target) {
  constexpr size_t kTypicalCaseBytes = kHeaderWords * 4 + 256;
  return std::min<size_t>(
      (target.code_bytes - kBatchOffset - 2 * kPaddingBytes) / kTypicalCaseBytes, 2000);
}

CaseBatch::CaseBatch(const Target& target, std::span<const Case> cases, uint32_t case_return) {
  Writer writer(image_);
  const uint32_t base = target.code_base + kBatchOffset;
  writer.word(static_cast<uint32_t>(cases.size()));
  writer.word(0);
  const size_t index = image_.size();
  image_.resize(index + cases.size() * 4);
  for (size_t i = 0; i < cases.size(); ++i) {
    const Case& test = cases[i];
    const auto header = base + static_cast<uint32_t>(image_.size());
    const uint32_t code = header + kHeaderWords * 4;
    std::memcpy(&image_[index + i * 4], &header, 4);
    code_addresses_.push_back(code);
    for (size_t r = 8; r < 13; ++r) writer.word(test.r[r]);
    writer.word(test.lr);
    writer.word(test.apsr);
    writer.word(test.fpscr);
    for (uint32_t s : test.s) writer.word(s);
    auto scratch = test.scratch;
    std::copy_n(test.r.begin(), 8, scratch.begin() + kFirstPoppedWord);
    scratch[kEntryWord] = code | 1;
    for (uint32_t word : scratch) writer.word(word);
    for (const Piece& piece : test.code) {
      if (piece.instruction.size_bytes == 4) writer.halfword(piece.instruction.word >> 16);
      writer.halfword(piece.instruction.word);
    }
    writer.halfword(0x9010);  // str r0, [sp, #64]: where the record keeps it
    writer.halfword(0x4670);  // mov r0, lr
    writer.halfword(0x901D);  // str r0, [sp, #64 + 13 * 4]
    const uint32_t call = call_word(base + static_cast<uint32_t>(image_.size()), case_return);
    writer.halfword(call >> 16);
    writer.halfword(call);
    while (image_.size() % 4) writer.halfword(0xBF00);
  }
  image_.resize(image_.size() + kPaddingBytes);
}

base::Bytes CaseBatch::image(Simulator simulator) const {
  base::Bytes bytes = image_;
  bytes[kModeOffset] = std::byte{simulator == Simulator::kQemu};
  return bytes;
}

std::vector<Record> parse_records(std::span<const std::byte> bytes) {
  std::vector<Record> records(bytes.size() / sizeof(Record));
  std::memcpy(records.data(), bytes.data(), records.size() * sizeof(Record));
  return records;
}

}  // namespace thimble::accuracy
