#include "tests/support/op_models.h"

#include "tests/support/op_model_maker.h"

namespace thimble::testing {

std::vector<OpModel> op_models() {
  std::vector<OpModel> models;
  add_convolution_models(models);
  add_dense_models(models);
  add_elementwise_models(models);
  add_shape_models(models);
  return models;
}

}  // namespace thimble::testing
