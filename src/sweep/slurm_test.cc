#include "sweep/slurm.h"

#include <gtest/gtest.h>

namespace thimble::sweep {
namespace {

TEST(SlurmConfiguration, TellsHowLargeAnArrayMayBe) {
  EXPECT_EQ(max_array_tasks("Configuration data as of 2026\nMailProg = /bin/mail\n"
                            "MaxArraySize            = 1001\nMaxBatchRequeue = 5\n"),
            1000u);
  EXPECT_EQ(max_array_tasks("MaxArraySize = 0\n").error().code, base::ErrorCode::kUnsupported);
  EXPECT_EQ(max_array_tasks("").error().code, base::ErrorCode::kToolFailed);
}

}  // namespace
}  // namespace thimble::sweep
