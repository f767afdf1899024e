#include "tools/accuracy/fuzz/digest.h"

#include "base/checksum.h"
#include "tools/accuracy/fuzz/generator.h"

namespace thimble::accuracy {
namespace {

void append(base::Bytes& bytes, std::span<const uint32_t> words) {
  const auto raw = std::as_bytes(words);
  bytes.insert(bytes.end(), raw.begin(), raw.end());
}

}  // namespace

std::vector<Case> digest_cases(const Target& target) {
  std::vector<Case> cases;
  for (uint64_t seed = 1; seed <= kDigestCases; ++seed)
    cases.push_back(generate_case(target.features, target.ram_base, seed));
  return cases;
}

base::Result<uint32_t> digest_of(const Outcome& outcome, const Target& target) {
  if (outcome.records.size() != kDigestCases)
    return base::fail(base::ErrorCode::kFault, "{} of {} cases came to their end: {}",
                      outcome.records.size(), kDigestCases, outcome.end);
  base::Bytes bytes;
  for (const Record& record : outcome.records) {
    append(bytes, record.scratch);
    append(bytes, record.r);
    const uint32_t others[] = {record.lr, record.sp, record.apsr, record.number};
    append(bytes, others);
    if (target.features & kSingle) {
      append(bytes, std::span(&record.fpscr, 1));
      append(bytes, record.s);
    }
  }
  return base::crc32(bytes);
}

}  // namespace thimble::accuracy
