// The runs that a paper's figures need, as points of a sweep, and what a store holds of them.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "reproduce/figures.h"
#include "store/store.h"
#include "sweep/point.h"

namespace thimble::reproduce {

// Where networks and data come from. Empty: networks of the zoo with random weights, no accuracy.
struct Sources {
  // A folder of NETWORK_NUMBERS.tflite or .onnx, NETWORK.onnx in float, or NETWORK.tflite if not in
  // the zoo. Of one in float the other numbers are made.
  std::filesystem::path models;
  std::string mnist = {}, cifar = {};              // data sets, as for `thimble eval`
  std::string mnist_train = {}, cifar_train = {};  // to quantize with
};

struct Plan {
  std::vector<sweep::Point> points;
  std::vector<RunName> names;    // of each point, in the same order
  std::vector<RunName> missing;  // runs whose network is neither in the zoo nor in the folder
};

// What the rows need: their runs, and for an accuracy a run of the trained network, if there is
// one. Errors: of the compiler, the boards and the model files;
// kNotFound without the folder of the sources.
base::Result<Plan> make_plan(const std::vector<Row>& rows, const Sources& sources);

// Points that the store lacks are left out.
base::Result<Measurements> read_measurements(const Plan& plan, const store::Store& store);

}  // namespace thimble::reproduce
