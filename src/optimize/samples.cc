#include "optimize/samples.h"

#include <memory>
#include <span>
#include <utility>

#include "data/data_set.h"

namespace thimble::optimize {
namespace {

using base::Error;
using base::ErrorCode;
using base::Result;

class DataSetSamples {
 public:
  DataSetSamples(std::unique_ptr<data::DataSet> set, ir::Tensor input, uint64_t max_samples)
      : set_(std::move(set)), input_(std::move(input)), max_samples_(max_samples) {}

  Result<bool> next(std::vector<base::Bytes>& inputs) {
    const auto size = static_cast<size_t>(input_.elements());
    if (at_ == sample_.values.size()) {
      if (max_samples_ != 0 && read_ == max_samples_) return false;
      THIMBLE_ASSIGN(const bool any, set_->next(sample_));
      if (!any) return false;
      ++read_;
      at_ = 0;
      if (sample_.values.empty() || size == 0 || sample_.values.size() % size != 0)
        return base::fail(Error(
            ErrorCode::kInvalidArgument,
            fmt::format("{}: a sample has {} values, the network's input ({}) has {}", sample_.name,
                        sample_.values.size(), ir::shape_text(input_.shape), size),
            "options such as size= and pad= change the shape of samples (docs/data.md)"));
    }
    const data::DataSetInfo& info = set_->info();
    auto bytes = data::to_input(std::span(sample_.values).subspan(at_, size), info.kind,
                                info.normalization, input_);
    if (!bytes) return base::fail(std::move(bytes).error().in(sample_.name));
    at_ += size;
    inputs.assign(1, std::move(*bytes));
    return true;
  }

 private:
  std::unique_ptr<data::DataSet> set_;
  ir::Tensor input_;
  uint64_t max_samples_, read_ = 0;
  data::Sample sample_;
  size_t at_ = 0;  // of the sample's values: where the next input begins
};

}  // namespace

OpenSamples samples_of_data_set(std::string spec, const ir::Tensor& input, uint64_t max_samples) {
  return [spec = std::move(spec), input, max_samples]() -> Result<Samples> {
    THIMBLE_ASSIGN(std::unique_ptr<data::DataSet> set, data::open_data_set(spec));
    auto samples = std::make_shared<DataSetSamples>(std::move(set), input, max_samples);
    return Samples([samples](std::vector<base::Bytes>& inputs) { return samples->next(inputs); });
  };
}

}  // namespace thimble::optimize
