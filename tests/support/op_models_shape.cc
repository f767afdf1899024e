// Operators that move elements, and MEAN.
#include "tests/support/op_model_maker.h"

namespace thimble::testing {
namespace {

using schema::BuiltinOperator;

OpModel pad_model(Kind kind, const char* variant, const Shape& shape,
                  const std::vector<int32_t>& paddings, bool with_value) {
  OpModelMaker maker(with_value ? "padv2" : "pad", kind, variant);
  auto rank = static_cast<int32_t>(shape.size());
  Shape padded = shape;
  for (size_t i = 0; i < shape.size(); ++i) padded[i] += paddings[2 * i] + paddings[2 * i + 1];
  std::vector<int32_t> inputs = {maker.input(shape), maker.numbers(paddings, {rank, 2})};
  if (with_value) inputs.push_back(maker.constant({1}));
  int32_t out = maker.output(padded);
  maker.builder().add_operator(with_value ? BuiltinOperator::PADV2 : BuiltinOperator::PAD, inputs,
                               {out});
  return maker.finish();
}

OpModel mean_model(Kind kind, const char* variant, const std::vector<int32_t>& axes,
                   const Shape& output, bool keep_dims, float output_range) {
  OpModelMaker maker("mean", kind, variant);
  int32_t in = maker.input({2, 4, 3, 5});
  int32_t numbers = maker.numbers(axes);
  int32_t out = maker.output(output, output_range);
  schema::ReducerOptionsT options;
  options.keep_dims = keep_dims;
  maker.builder().add_operator(BuiltinOperator::MEAN, {in, numbers}, {out}, options);
  return maker.finish();
}

OpModel reshape_model(Kind kind) {
  OpModelMaker maker("reshape", kind);
  int32_t in = maker.input({1, 4, 3, 2});
  int32_t numbers = maker.numbers({2, 12});
  int32_t out = maker.output({2, 12});
  maker.builder().add_operator(BuiltinOperator::RESHAPE, {in, numbers}, {out});
  return maker.finish();
}

OpModel transpose_model(Kind kind, const char* variant, const Shape& shape,
                        const std::vector<int32_t>& order) {
  OpModelMaker maker("transpose", kind, variant);
  Shape output;
  for (int32_t axis : order) output.push_back(shape[static_cast<size_t>(axis)]);
  int32_t in = maker.input(shape);
  int32_t numbers = maker.numbers(order);
  int32_t out = maker.output(output);
  maker.builder().add_operator(BuiltinOperator::TRANSPOSE, {in, numbers}, {out});
  return maker.finish();
}

OpModel concatenation_model(Kind kind, const char* variant, int32_t axis, const Shape& a,
                            const Shape& b, const Shape& output) {
  OpModelMaker maker("concatenation", kind, variant);
  std::vector<int32_t> inputs = {maker.input(a), maker.input(b), maker.constant(a)};
  int32_t out = maker.output(output);
  schema::ConcatenationOptionsT options;
  options.axis = axis;
  maker.builder().add_operator(BuiltinOperator::CONCATENATION, inputs, {out}, options);
  return maker.finish();
}

struct SliceCase {
  const char* variant;
  std::vector<int32_t> begin, end, strides;
  Shape output;
  int32_t begin_mask = 0, end_mask = 0, ellipsis_mask = 0, new_axis_mask = 0, shrink_axis_mask = 0;
};

OpModel slice_model(Kind kind, const SliceCase& c) {
  OpModelMaker maker("strided_slice", kind, c.variant);
  int32_t in = maker.input({2, 4, 5, 3});
  int32_t begin = maker.numbers(c.begin);
  int32_t end = maker.numbers(c.end);
  int32_t strides = maker.numbers(c.strides);
  int32_t out = maker.output(c.output);
  schema::StridedSliceOptionsT options;
  options.begin_mask = c.begin_mask;
  options.end_mask = c.end_mask;
  options.ellipsis_mask = c.ellipsis_mask;
  options.new_axis_mask = c.new_axis_mask;
  options.shrink_axis_mask = c.shrink_axis_mask;
  maker.builder().add_operator(BuiltinOperator::STRIDED_SLICE, {in, begin, end, strides}, {out},
                               options);
  return maker.finish();
}

void add_slices(std::vector<OpModel>& models) {
  const SliceCase cases[] = {
      {"plain", {0, 1, 1, 0}, {2, 3, 5, 3}, {1, 1, 2, 1}, {2, 2, 2, 3}},
      {.variant = "masks",
       .begin = {1, 2, 3, 1},
       .end = {1, -1, 2, 1},
       .strides = {1, 1, 1, 1},
       .output = {2, 3, 2, 2},
       .begin_mask = 0b0111,
       .end_mask = 0b1001},
      {.variant = "backwards",
       .begin = {0, -1, 4, 2},
       .end = {2, 0, -6, -4},
       .strides = {1, -1, -2, -1},
       .output = {2, 3, 3, 3}},
      {.variant = "shrink",
       .begin = {1, 0, -2, 0},
       .end = {2, 4, 5, 3},
       .strides = {1, 2, 1, 1},
       .output = {2, 3},
       .shrink_axis_mask = 0b0101},
      {.variant = "ellipsis_new_axis",
       .begin = {0, 0, 0, 1},
       .end = {1, 0, 0, 3},
       .strides = {1, 1, 1, 1},
       .output = {1, 4, 5, 1, 2},
       .ellipsis_mask = 0b0010,
       .new_axis_mask = 0b0100},
  };
  for (Kind kind : kNumberKinds)
    for (const SliceCase& c : cases) models.push_back(slice_model(kind, c));
}

}  // namespace

void add_shape_models(std::vector<OpModel>& models) {
  for (Kind kind : kNumberKinds) {
    models.push_back(pad_model(kind, "image", {1, 3, 2, 3}, {0, 0, 1, 2, 2, 0, 0, 0}, false));
    models.push_back(pad_model(kind, "rank3", {2, 3, 2}, {1, 0, 0, 1, 1, 1}, false));
    models.push_back(pad_model(kind, "image", {1, 2, 3, 2}, {0, 1, 1, 1, 0, 2, 1, 0}, true));
    models.push_back(mean_model(kind, "image", {1, 2}, {2, 1, 1, 5}, true, 2));
    models.push_back(mean_model(kind, "image_rescaled", {1, 2}, {2, 5}, false, 1));
    models.push_back(mean_model(kind, "channels", {-1}, {2, 4, 3}, false, 1.5f));
    models.push_back(mean_model(kind, "first_and_last", {0, 3}, {4, 3}, false, 1));
    models.push_back(reshape_model(kind));
    models.push_back(transpose_model(kind, "matrix", {4, 7}, {1, 0}));
    models.push_back(transpose_model(kind, "to_channels_first", {2, 3, 4, 2}, {0, 3, 1, 2}));
    models.push_back(transpose_model(kind, "five", {2, 1, 3, 2, 2}, {4, 2, 0, 3, 1}));
    models.push_back(
        concatenation_model(kind, "channels", -1, {1, 3, 2, 2}, {1, 3, 2, 3}, {1, 3, 2, 7}));
    models.push_back(concatenation_model(kind, "rows", 1, {2, 1, 3}, {2, 2, 3}, {2, 4, 3}));
  }
  add_slices(models);
}

}  // namespace thimble::testing
