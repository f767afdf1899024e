#include <algorithm>

#include "reproduce/papers.h"

namespace thimble::reproduce {
namespace {

struct Title {
  std::string_view paper, number, title;
};

constexpr Title kTitles[] = {
    {"heim", "Table 5.2", "The networks"},
    {"heim", "Table 5.5", "LeNet: accuracy and loss by quantization, on the host"},
    {"heim", "Table 5.6", "ResNet-20: accuracy and loss by quantization, on the host"},
    {"heim", "Table 5.7", "LeNet: accuracy by quantization, on the board"},
    {"heim", "Table 1 of the paper", "LeNet: size of the model's file"},
    {"heim", "Table 5.8", "Latency with and without CMSIS-NN, int8, -Ofast"},
    {"heim", "Table 5.9, Table 2 of the paper", "Latency of the worst and the best build"},
    {"heim", "Table 5.10", "Latency and energy of the best build on each board"},
    {"heim", "Table 5.11, Table 3 of the paper", "ResNet-20 against LeNet: work and time"},
    {"heim", "Tables 6.1, 6.2", "LeNet, pruned: accuracy and loss"},
    {"heim", "Table A.2", "Latency of every build with -Ofast and FPU"},
    {"profentzas", "Table 2", "The networks"},
    {"profentzas", "Table 3", "Networks for MNIST: RAM, flash, time and energy by framework"},
    {"profentzas", "Table 4", "Networks for CIFAR-10: RAM, flash, time and energy by framework"},
};

}  // namespace

std::string table_title(std::string_view paper, std::string_view number) {
  const auto found = std::ranges::find_if(
      kTitles, [&](const Title& title) { return title.paper == paper && title.number == number; });
  return found == std::end(kTitles) ? std::string() : std::string(found->title);
}

}  // namespace thimble::reproduce
