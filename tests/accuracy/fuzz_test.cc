// The differential fuzzer itself: its cases are reproducible and well formed, and it sees a
// difference.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "tools/accuracy/csv.h"
#include "tools/accuracy/fuzz/digest.h"
#include "tools/accuracy/fuzz/generator.h"
#include "tools/accuracy/fuzz/report.h"

namespace thimble::accuracy {
namespace {

TEST(Encodings, HaveSixteenOrThirtyTwoBitsAndAName) {
  for (const auto* table : {&integer_encodings(), &float_encodings()})
    for (const Encoding& encoding : *table) {
      SCOPED_TRACE(encoding.name);
      const auto size = encoding.pattern.size() - std::ranges::count(encoding.pattern, ' ');
      EXPECT_TRUE(size == 16 || size == 32) << size;
      EXPECT_NE(encoding.features, 0u);
      // The first five bits tell 32-bit instructions from 16-bit ones.
      const bool wide =
          encoding.pattern.starts_with("111") && encoding.pattern.substr(0, 5) != "11100";
      EXPECT_EQ(size == 32, wide);
    }
}

TEST(Generator, GivesTheSameCaseForTheSameSeed) {
  for (const Target& target : targets())
    for (uint64_t seed = 1; seed < 50; ++seed) {
      const Case first = generate_case(target.features, target.ram_base, seed);
      const Case second = generate_case(target.features, target.ram_base, seed);
      EXPECT_EQ(first.r, second.r);
      EXPECT_EQ(first.scratch, second.scratch);
      ASSERT_EQ(first.code.size(), second.code.size());
      for (size_t i = 0; i < first.code.size(); ++i)
        EXPECT_EQ(first.code[i].instruction.word, second.code[i].instruction.word);
    }
}

TEST(Generator, UsesNoInstructionOfAnotherCore) {
  // An Armv6-M core has few 32-bit instructions: BL, MRS, MSR and the barriers.
  for (uint64_t seed = 1; seed < 500; ++seed)
    for (const Piece& piece : generate_case(kV6M, 0x20000000, seed).code)
      if (piece.instruction.size_bytes == 4) {
        const uint32_t word = piece.instruction.word;
        const bool call = (word & 0xF800D000) == 0xF000D000;
        const bool system = (word & 0xFF80D000) == 0xF3808000;
        EXPECT_TRUE(call || system) << std::hex << word;
      }
}

TEST(Executor, DoesWhatQemuDid) {
  const auto table =
      CsvTable::load(std::filesystem::path(THIMBLE_ACCURACY_TESTS) / "qemu_digests.csv");
  ASSERT_TRUE(table) << table.error().to_string();
  size_t compared = 0;
  for (const CsvTable::Row& row : table->rows()) {
    const auto target = find_target(row.text("core").value());
    ASSERT_TRUE(target);
    SCOPED_TRACE(target->core);
    const auto simulators = Simulators::create(*target);
    ASSERT_TRUE(simulators) << simulators.error().to_string();
    const CaseBatch batch(*target, digest_cases(*target), simulators->case_return());
    const auto outcome = simulators->run_ours(batch);
    ASSERT_TRUE(outcome) << outcome.error().to_string();
    const auto digest = digest_of(*outcome, *target);
    ASSERT_TRUE(digest) << digest.error().to_string();
    EXPECT_EQ(fmt::format("{:08x}", *digest), row.text("digest").value())
        << "./dev simfuzz --core " << target->core << " shows the difference";
    ++compared;
  }
  EXPECT_EQ(compared, targets().size());
}

TEST(Comparison, SeesEveryRegisterAndTheMemory) {
  const Target target = *find_target("cortex-m4");
  const Outcome same{{Record{}}, ""};
  EXPECT_EQ(first_difference(same, same, 1, target), std::nullopt);
  EXPECT_EQ(first_difference(same, {}, 1, target), 0u);
  auto changed = [&](auto change) {
    Outcome outcome = same;
    change(outcome.records[0]);
    return first_difference(same, outcome, 1, target).has_value();
  };
  EXPECT_TRUE(changed([](Record& record) { record.r[12] = 1; }));
  EXPECT_TRUE(changed([](Record& record) { record.apsr = 1; }));
  EXPECT_TRUE(changed([](Record& record) { record.fpscr = 1; }));
  EXPECT_TRUE(changed([](Record& record) { record.s[31] = 1; }));
  EXPECT_TRUE(changed([](Record& record) { record.scratch[63] = 1; }));
}

TEST(Batch, RunsOnOurMachineToTheEnd) {
  const auto simulators = Simulators::create(*find_target("cortex-m4"));
  ASSERT_TRUE(simulators) << simulators.error().to_string();
  std::vector<Case> cases;
  for (uint64_t seed = 1; seed <= 20; ++seed)
    cases.push_back(
        generate_case(simulators->target().features, simulators->target().ram_base, seed));
  const CaseBatch batch(simulators->target(), cases, simulators->case_return());
  const auto outcome = simulators->run_ours(batch);
  ASSERT_TRUE(outcome) << outcome.error().to_string();
  ASSERT_EQ(outcome->records.size(), cases.size()) << outcome->end;
  for (size_t i = 0; i < cases.size(); ++i) {
    EXPECT_EQ(outcome->records[i].number, i);
    EXPECT_EQ(outcome->records[i].sp, simulators->target().ram_base + kStackOffset);
  }
}

}  // namespace
}  // namespace thimble::accuracy
