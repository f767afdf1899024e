#include "tests/support/golden.h"

#include <charconv>
#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/support/base64.h"

namespace thimble::testing {
namespace {

using base::ErrorCode;
using base::Result;
using nlohmann::json;

Result<json> read_json(const std::filesystem::path& path) {
  THIMBLE_ASSIGN(std::string text, base::read_text_file(path));
  json parsed = json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (parsed.is_discarded())
    return base::fail(ErrorCode::kMalformed, "{} is not JSON", path.string());
  return parsed;
}

Result<std::optional<GoldenTensor>> read_tensor(const json& output, const char* runtime) {
  if (!output.contains(runtime)) return std::nullopt;
  const json& tensor = output[runtime];
  GoldenTensor golden{tensor.value("sha256", ""), std::nullopt};
  if (tensor.contains("base64")) {
    THIMBLE_ASSIGN(golden.bytes, decode_base64(tensor["base64"].get<std::string>()));
  }
  return golden;
}

}  // namespace

Result<std::vector<GoldenOutput>> read_golden_outputs(const std::filesystem::path& path) {
  THIMBLE_ASSIGN(json file, read_json(path));
  std::vector<GoldenOutput> outputs;
  for (const json& entry : file["outputs"]) {
    GoldenOutput output;
    THIMBLE_ASSIGN(output.tflm, read_tensor(entry, "tflm_reference"));
    THIMBLE_ASSIGN(output.tflite, read_tensor(entry, "tflite_xnnpack"));
    outputs.push_back(std::move(output));
  }
  return outputs;
}

Result<std::vector<base::Bytes>> read_golden_onnx_outputs(const std::filesystem::path& path) {
  THIMBLE_ASSIGN(const json file, read_json(path));
  std::vector<base::Bytes> outputs;
  for (const json& entry : file["outputs"]) {
    THIMBLE_ASSIGN(outputs.emplace_back(), decode_base64(entry.value("base64", "")));
  }
  return outputs;
}

Result<std::vector<GoldenSample>> read_golden_samples(const std::filesystem::path& path) {
  THIMBLE_ASSIGN(json file, read_json(path));
  std::vector<GoldenSample> samples;
  for (const json& entry : file["samples"]) {
    GoldenSample sample;
    sample.id = entry.value("id", "");
    THIMBLE_ASSIGN(sample.input, decode_base64(entry.value("input_base64", "")));
    sample.tflm = entry.value("tflm", std::vector<double>());
    sample.tflite = entry.value("tfjs", std::vector<double>());
    samples.push_back(std::move(sample));
  }
  return samples;
}

Result<std::vector<GoldenLayer>> read_golden_layers(const std::filesystem::path& path) {
  THIMBLE_ASSIGN(std::string text, base::read_text_file(path));
  std::istringstream lines(text);
  std::string line;
  std::getline(lines, line);  // the header
  std::vector<GoldenLayer> layers;
  while (std::getline(lines, line)) {
    // layer,op,output,bytes,crc32_output0,first_bytes_hex,ref_crc32,ref_equal
    std::vector<std::string> cells;
    std::istringstream row(line);
    for (std::string cell; std::getline(row, cell, ',');) cells.push_back(cell);
    if (cells.size() != 8)
      return base::fail(ErrorCode::kMalformed, "{}: {} cells in '{}'", path.string(), cells.size(),
                        line);
    GoldenLayer layer{cells[1], 0, 0};
    std::from_chars(cells[3].data(), cells[3].data() + cells[3].size(), layer.bytes);
    std::from_chars(cells[6].data(), cells[6].data() + cells[6].size(), layer.crc32, 16);
    layers.push_back(layer);
  }
  return layers;
}

}  // namespace thimble::testing
