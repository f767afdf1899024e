// mlperf:FOLDER - the form in which MLPerf Tiny's runner takes its inputs: one .bin file each and
// y_labels.csv with lines  file,classes,label[,window bytes,stride bytes].
//
// Source: benchmark/runner/datasets.py and the data sets' README in mlcommons/tiny.
#include <cstring>

#include "data/csv.h"
#include "data/file_tree.h"
#include "data/readers.h"

namespace thimble::data {
namespace {

using base::ErrorCode;
using base::Result;

enum class Element { kInt8, kUInt8, kFloat32 };

struct Entry {
  std::string file;
  int32_t label;
  size_t window_bytes = 0, stride_bytes = 0;  // 0: the file is one input
};

class MlPerf : public DataSet {
 public:
  static Result<DataSetPtr> open(const Spec& spec) {
    THIMBLE_ASSIGN(const std::filesystem::path path, spec.path());
    THIMBLE_ASSIGN(FileTree tree, FileTree::open(path));
    const auto labels = std::ranges::find_if(tree.names(), [](const std::string& name) {
      return std::filesystem::path(name).filename() == "y_labels.csv";
    });
    if (labels == tree.names().end())
      return base::fail(ErrorCode::kNotFound, "{}: has no y_labels.csv", path.string());
    const std::string labels_name = *labels;
    auto set = std::make_unique<MlPerf>(std::move(tree));
    THIMBLE_TRY(set->read_labels(labels_name));
    THIMBLE_TRY(set->choose_element(spec));
    return set;
  }

  explicit MlPerf(FileTree tree) : tree_(std::move(tree)) {}

  const DataSetInfo& info() const override { return info_; }

  Result<bool> next(Sample& sample) override {
    if (index_ == entries_.size()) return false;
    const Entry& entry = entries_[index_++];
    THIMBLE_ASSIGN(const base::Bytes bytes, tree_.read(entry.file));
    sample.label = entry.label;
    sample.name = entry.file;
    sample.values.clear();
    if (entry.window_bytes == 0) {
      append(bytes, sample.values);
    } else {
      for (size_t at = 0; at + entry.window_bytes <= bytes.size(); at += entry.stride_bytes)
        append(std::span(bytes).subspan(at, entry.window_bytes), sample.values);
    }
    if (sample.values.empty())
      return base::fail(ErrorCode::kMalformed, "{}: {} has {} bytes, which is not one input",
                        tree_.path().string(), entry.file, bytes.size());
    return true;
  }

 private:
  Result<> read_labels(const std::string& name) {
    THIMBLE_ASSIGN(const base::Bytes bytes, tree_.read(name));
    const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    const std::filesystem::path folder = std::filesystem::path(name).parent_path();
    size_t line_number = 0;
    for (size_t at = 0; at < text.size();) {
      const size_t end = std::min(text.find('\n', at), text.size());
      const std::vector<std::string_view> cells = split_cells(text.substr(at, end - at));
      at = end + 1;
      ++line_number;
      if (cells.size() == 1 && cells[0].empty()) continue;
      auto malformed = [&](const char* message) {
        return base::fail(ErrorCode::kMalformed, "{}: {}: line {}: {}", tree_.path().string(), name,
                          line_number, message);
      };
      if (cells.size() != 3 && cells.size() != 5)
        return malformed("expected file,classes,label[,window bytes,stride bytes]");
      const auto label = cell_whole_number(cells[2]);
      if (!label || *label < 0) return malformed("the label is not a whole number");
      Entry entry{.file = (folder / cells[0]).generic_string(), .label = *label};
      if (cells.size() == 5) {
        const auto window = cell_whole_number(cells[3]), stride = cell_whole_number(cells[4]);
        if (!window || !stride || *window < 1 || *stride < 1)
          return malformed("window and stride must be whole numbers above 0");
        entry.window_bytes = static_cast<size_t>(*window);
        entry.stride_bytes = static_cast<size_t>(*stride);
      }
      entries_.push_back(std::move(entry));
    }
    info_.count = entries_.size();
    return {};
  }

  Result<> choose_element(const Spec& spec) {
    // Only the anomaly detection inputs have windows, and those are float32.
    const bool has_windows = !entries_.empty() && entries_[0].window_bytes != 0;
    THIMBLE_ASSIGN(
        const std::string type,
        spec.one_of("type", has_windows ? std::vector<std::string>{"float32", "int8", "uint8"}
                                        : std::vector<std::string>{"int8", "uint8", "float32"}));
    element_ = type == "int8"    ? Element::kInt8
               : type == "uint8" ? Element::kUInt8
                                 : Element::kFloat32;
    info_.kind = type == "int8"    ? ValueKind::kIntegers
                 : type == "uint8" ? ValueKind::kPixels
                                   : ValueKind::kReal;
    return {};
  }

  void append(std::span<const std::byte> bytes, std::vector<float>& values) const {
    if (element_ == Element::kFloat32) {
      const size_t count = bytes.size() / sizeof(float), before = values.size();
      values.resize(before + count);
      if (count > 0) std::memcpy(values.data() + before, bytes.data(), count * sizeof(float));
      return;
    }
    for (std::byte byte : bytes)
      values.push_back(element_ == Element::kInt8
                           ? static_cast<float>(static_cast<int8_t>(byte))
                           : static_cast<float>(std::to_integer<uint8_t>(byte)));
  }

  FileTree tree_;
  DataSetInfo info_;
  std::vector<Entry> entries_;
  Element element_ = Element::kInt8;
  size_t index_ = 0;
};

}  // namespace

Result<DataSetPtr> open_mlperf(const Spec& spec) {
  return MlPerf::open(spec);
}

}  // namespace thimble::data
