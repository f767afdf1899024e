// The kinds of data sets, one file each. Every function reads the options of its kind and opens the
// files; common options (normalization, skip, take) are data_set.cc's.
#pragma once

#include <memory>

#include "base/result.h"
#include "data/data_set.h"
#include "data/spec.h"

namespace thimble::data {

using DataSetPtr = std::unique_ptr<DataSet>;

base::Result<DataSetPtr> open_mnist(const Spec& spec);
base::Result<DataSetPtr> open_idx(const Spec& spec);
base::Result<DataSetPtr> open_cifar10(const Spec& spec);
base::Result<DataSetPtr> open_cifar100(const Spec& spec);
base::Result<DataSetPtr> open_mlperf(const Spec& spec);
base::Result<DataSetPtr> open_images(const Spec& spec);
base::Result<DataSetPtr> open_wav(const Spec& spec);
base::Result<DataSetPtr> open_npy(const Spec& spec);
base::Result<DataSetPtr> open_npz(const Spec& spec);
base::Result<DataSetPtr> open_csv(const Spec& spec);

}  // namespace thimble::data
