// Data sets: labelled samples from files, one after another, never all of them in memory.
//
// A data set is named by a text, "mnist:FOLDER?scale=1/255"; docs/data.md has all of them. What its
// files hold is untrusted: a sample that cannot be read is an Error that names the file and the
// place in it. Readers own their files and are not shared between threads.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "data/normalization.h"
#include "ir/tensor.h"

namespace thimble::data {

inline constexpr int32_t kNoLabel = -1;

struct Sample {
  // As stored, innermost dimension last (images are height, width, channels). A recording may hold
  // several inputs of a network, one after another: its windows.
  std::vector<float> values;
  int32_t label = kNoLabel;  // the class; 0 normal and 1 anomalous where that is the question
  std::string name;          // for messages: "t10k-images-idx3-ubyte.gz, image 17"
};

struct DataSetInfo {
  std::optional<uint64_t> count;         // samples, where that is known without reading them
  ir::Shape shape;                       // of a sample; empty when samples differ
  std::vector<std::string> class_names;  // empty: classes have only numbers
  ValueKind kind = ValueKind::kReal;
  Normalization normalization;
};

class DataSet {
 public:
  virtual ~DataSet() = default;

  virtual const DataSetInfo& info() const = 0;

  // Overwrites `sample` with the next one; false when there is none left.
  virtual base::Result<bool> next(Sample& sample) = 0;
};

// Opens from the first sample; opening again reads the same samples in the same order.
// Errors: kInvalidArgument (the text), kNotFound, kMalformed.
base::Result<std::unique_ptr<DataSet>> open_data_set(std::string_view spec);

}  // namespace thimble::data
