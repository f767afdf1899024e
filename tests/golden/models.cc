#include "tests/golden/models.h"

#include <fmt/format.h>

#include <filesystem>

namespace thimble::testing {
namespace {

// One-operator models with int16 activations: seanet/<name><number>.tflite, only even numbers.
struct SeanetFamily {
  const char* name;
  int last;
};
constexpr SeanetFamily kSeanet[] = {{"add", 16}, {"conv", 20},         {"leaky_relu", 22},
                                    {"pad", 18}, {"quantize", 0},      {"strided_slice", 32},
                                    {"sub", 4},  {"transpose_conv", 4}};

}  // namespace

Tolerance tolerance(Arithmetic arithmetic) {
  switch (arithmetic) {
    case Arithmetic::kInteger:
      return kExactTolerance;
    case Arithmetic::kFloat:
      return kFloatTolerance;
    case Arithmetic::kHybrid:
      return kHybridTolerance;
  }
  return kExactTolerance;
}

std::string GoldenModelRow::golden_file() const {
  std::filesystem::path path(model);
  return fmt::format("{}__{}.json", path.parent_path().string(), path.stem().string());
}

std::vector<GoldenModelRow> golden_models() {
  using enum Arithmetic;
  // The chrpro models have float inputs and outputs around integer layers.
  std::vector<GoldenModelRow> rows = {
      {"chrpro/Tensorflow-micro__CIFAR-Models__src__model.tflite", kInteger},
      {"chrpro/Tensorflow-micro__MNIST-Models__src__model.tflite", kInteger},
      {"mlonmcu/CNN_model.tflite", kFloat},
      {"mlonmcu/MNIST_model.tflite", kFloat},
      {"mlonmcu/MNIST_model_quantized.tflite", kHybrid},
      {"mlonmcu/cnn_s_quantized.tflite", kInteger},
      {"mlonmcu/magic_wand.tflite", kFloat},
      {"mlonmcu/micro_kws_m_fp32.tflite", kFloat},
      {"mlonmcu/micro_kws_m_quantized.tflite", kInteger},
      {"mlonmcu/simple_mnist.tflite", kFloat},
      {"mlperf-tiny/ad01_fp32.tflite", kFloat},
      {"mlperf-tiny/ad01_int8.tflite", kInteger},
      {"mlperf-tiny/kws_ref_model.tflite", kInteger},
      {"mlperf-tiny/kws_ref_model_float32.tflite", kHybrid},
      {"mlperf-tiny/model_ToyCar_quant.tflite", kHybrid},
      {"mlperf-tiny/pretrainedResnet.tflite", kFloat},
      {"mlperf-tiny/pretrainedResnet_large_float.tflite", kFloat},
      {"mlperf-tiny/pretrainedResnet_large_int8.tflite", kInteger},
      {"mlperf-tiny/pretrainedResnet_quant.tflite", kInteger},
      {"mlperf-tiny/str_ww_ref_model.tflite", kInteger},
      {"mlperf-tiny/vww_96_float.tflite", kFloat},
      {"mlperf-tiny/vww_96_int8.tflite", kInteger},
      {"tflm/hello_world_float.tflite", kFloat},
      {"tflm/hello_world_int8.tflite", kInteger},
      {"tflm/keyword_scrambled_8bit.tflite", kInteger},
      {"tflm/micro_speech_quantized.tflite", kInteger},
      {"tflm/person_detect.tflite", kInteger},
  };
  for (const SeanetFamily& family : kSeanet)
    for (int number = 0; number <= family.last; number += 2)
      rows.push_back({fmt::format("seanet/{}{}.tflite", family.name, number), kInteger});
  return rows;
}

std::vector<GoldenLayersRow> golden_layers() {
  return {
      {"chrpro/Tensorflow-micro__CIFAR-Models__src__model.tflite", "chrpro_cifar.csv"},
      {"chrpro/Tensorflow-micro__MNIST-Models__src__model.tflite", "chrpro_mnist.csv"},
      {"mlperf-tiny/ad01_int8.tflite", "ad01_int8.csv"},
      {"mlperf-tiny/kws_ref_model.tflite", "kws_ref_model.csv"},
      {"mlperf-tiny/pretrainedResnet_large_int8.tflite", "pretrainedResnet_large_int8.csv"},
      {"mlperf-tiny/pretrainedResnet_quant.tflite", "pretrainedResnet_quant.csv"},
      {"mlperf-tiny/str_ww_ref_model.tflite", "str_ww_ref_model.csv"},
      {"mlperf-tiny/vww_96_int8.tflite", "vww_96_int8.csv"},
      {"tflm/hello_world_int8.tflite", "hello_world_int8.csv"},
      {"tflm/micro_speech_quantized.tflite", "micro_speech_quantized.csv"},
      {"tflm/person_detect.tflite", "person_detect.csv"},
  };
}

std::vector<GoldenSamplesRow> golden_samples() {
  using enum Arithmetic;
  return {
      {"mlperf-tiny/pretrainedResnet.tflite", "cifar10__mlperf-tiny__pretrainedResnet.json",
       kFloat},
      {"mlperf-tiny/pretrainedResnet_quant.tflite",
       "cifar10__mlperf-tiny__pretrainedResnet_quant.json", kInteger},
      {"mlperf-tiny/kws_ref_model.tflite", "kws01__mlperf-tiny__kws_ref_model.json", kInteger},
      {"mlperf-tiny/kws_ref_model_float32.tflite", "kws01__mlperf-tiny__kws_ref_model_float32.json",
       kHybrid},
      {"chrpro/Tensorflow-micro__MNIST-Models__src__model.tflite",
       "mnist__chrpro__Tensorflow-micro__MNIST-Models__src__model.json", kInteger},
      {"mlonmcu/MNIST_model.tflite", "mnist__mlonmcu__MNIST_model.json", kFloat},
      {"mlonmcu/MNIST_model_quantized.tflite", "mnist__mlonmcu__MNIST_model_quantized.json",
       kHybrid},
      {"mlonmcu/simple_mnist.tflite", "mnist__mlonmcu__simple_mnist.json", kFloat},
  };
}

}  // namespace thimble::testing
