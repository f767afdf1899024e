#include "frontend/model/import_model.h"

#include <algorithm>
#include <string_view>

#include "base/files.h"
#include "frontend/onnx/import.h"
#include "frontend/tflite/import.h"

namespace thimble::frontend {
namespace {

using base::Result;

bool is_tflite(const base::Bytes& bytes) {
  constexpr std::string_view kMark = "TFL3";
  constexpr size_t kMarkOffset = 4;
  return bytes.size() >= kMarkOffset + kMark.size() &&
         std::equal(kMark.begin(), kMark.end(),
                    reinterpret_cast<const char*>(bytes.data()) + kMarkOffset);
}

Result<ir::Graph> import_bytes(const base::Bytes& bytes, const std::filesystem::path& path) {
  const std::string name = path.stem().string();
  if (is_tflite(bytes) || path.extension() == ".tflite") return import_tflite(bytes, name);
  if (path.extension() != ".onnx")
    return base::fail(base::Error(base::ErrorCode::kUnsupported,
                                  "the format of this file is not known",
                                  "models are read from .tflite and .onnx files"));
  THIMBLE_ASSIGN(OnnxImport imported, import_onnx(bytes, name));
  return std::move(imported.graph);
}

}  // namespace

Result<ir::Graph> import_model(const std::filesystem::path& path) {
  THIMBLE_ASSIGN(const base::Bytes bytes, base::read_file(path));
  auto graph = import_bytes(bytes, path);
  if (!graph) return base::fail(std::move(graph).error().in(path.string()));
  return graph;
}

}  // namespace thimble::frontend
