#!/usr/bin/python3
"""Writes the tiny ONNX networks of tests/onnx/networks: a few operators each, seeded random weights.

Needs Debian's python3-onnx and python3-numpy. Run from the source tree's root, without arguments; then
tools/onnx/onnx_runtime.mjs computes what they should give.
"""
import pathlib
import zlib

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

FOLDER = pathlib.Path("tests/onnx/networks")
FLOAT, INT8, UINT8 = TensorProto.FLOAT, TensorProto.INT8, TensorProto.UINT8


class Network:
    """Collects nodes and constants; every network has its own random numbers."""

    def __init__(self, name, opset=13):
        self.name, self.opset = name, opset
        self.random = np.random.RandomState(zlib.crc32(name.encode()) % 2**32)
        self.nodes, self.constants, self.inputs, self.outputs = [], [], [], []

    def input(self, *shape, type=FLOAT):
        name = f"x{len(self.inputs)}"
        self.inputs.append(helper.make_tensor_value_info(name, type, shape))
        return name

    def constant(self, array, dtype=np.float32):
        name = f"c{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.asarray(array, dtype), name))
        return name

    def weights(self, *shape, scale=0.5):
        return self.constant(self.random.uniform(-scale, scale, shape))

    def add(self, op, *inputs, outputs=1, domain=None, **attributes):
        names = [f"n{len(self.nodes)}_{i}" for i in range(outputs)]
        self.nodes.append(helper.make_node(op, inputs, names, domain=domain, **attributes))
        return names[0] if outputs == 1 else names

    def ints(self, *values):
        return self.constant(values, np.int64)

    def quantize(self, x, scale, zero_point, dtype=np.int8):
        return self.add("QuantizeLinear", x, self.constant(scale), self.constant(zero_point, dtype))

    def dequantize(self, x, scale, zero_point, dtype=np.int8, **attributes):
        zeros = np.broadcast_to(np.asarray(zero_point), np.shape(scale))
        return self.add("DequantizeLinear", x, self.constant(scale), self.constant(zeros, dtype),
                        **attributes)

    def through(self, x, scale, zero_point, dtype=np.int8):
        return self.dequantize(self.quantize(x, scale, zero_point, dtype), scale, zero_point, dtype)

    def int8_weights(self, *shape):
        return self.constant(self.random.randint(-127, 128, shape), np.int8)

    def save(self, *outputs, type=FLOAT):
        infos = [helper.make_tensor_value_info(name, type, None) for name in outputs]
        graph = helper.make_graph(self.nodes, self.name, self.inputs, infos, self.constants)
        opsets = [helper.make_opsetid("", self.opset), helper.make_opsetid("com.microsoft", 1)]
        model = helper.make_model(graph, opset_imports=opsets, ir_version=7)
        onnx.save(model, FOLDER / f"{self.name}.onnx")


def convolutions():
    n = Network("conv_padding")
    y = n.add("Conv", n.input(1, 3, 7, 6), n.weights(4, 3, 3, 2), n.weights(4), pads=[1, 0, 2, 1],
              strides=[2, 1])
    n.save(y)
    n = Network("conv_same_lower")
    n.save(n.add("Conv", n.input(1, 2, 6, 7), n.weights(3, 2, 2, 2), auto_pad="SAME_LOWER"))
    n = Network("conv_groups")
    n.save(n.add("Conv", n.input(1, 4, 5, 5), n.weights(6, 2, 3, 3), n.weights(6), group=2,
                 dilations=[2, 1]))
    n = Network("conv_depthwise")
    n.save(n.add("Conv", n.input(1, 3, 6, 6), n.weights(6, 1, 3, 3), n.weights(6), group=3,
                 pads=[1, 1, 1, 1]))
    n = Network("conv_1d")
    y = n.add("Relu", n.add("Conv", n.input(1, 4, 20), n.weights(5, 4, 3), n.weights(5), pads=[1, 1],
                            strides=[2]))
    n.save(n.add("MaxPool", y, kernel_shape=[2], strides=[2]))
    n = Network("conv_batch_norm")
    y = n.add("Conv", n.input(1, 3, 6, 6), n.weights(4, 3, 3, 3))
    y = n.add("BatchNormalization", y, n.weights(4), n.weights(4), n.weights(4),
              n.constant(n.random.uniform(0.5, 2, 4)))
    n.save(n.add("Relu", y))
    n = Network("batch_norm_first")
    y = n.add("BatchNormalization", n.input(1, 3, 4, 4), n.weights(3), n.weights(3), n.weights(3),
              n.constant(n.random.uniform(0.5, 2, 3)))
    n.save(n.add("Conv", y, n.weights(2, 3, 1, 1)))
    n = Network("conv_transpose_cropped")
    n.save(n.add("ConvTranspose", n.input(1, 3, 4, 5), n.weights(3, 2, 3, 3), n.weights(2),
                 strides=[2, 2], pads=[1, 1, 0, 1]))
    n = Network("conv_transpose_beyond")
    n.save(n.add("ConvTranspose", n.input(1, 3, 4, 5), n.weights(3, 2, 2, 2), n.weights(2),
                 strides=[3, 3], output_padding=[1, 2]))
    n = Network("conv_transpose_same")
    n.save(n.add("ConvTranspose", n.input(1, 2, 4, 4), n.weights(2, 3, 4, 4), strides=[2, 2],
                 pads=[1, 1, 1, 1]))


def poolings():
    n = Network("max_pool_ceil")
    n.save(n.add("MaxPool", n.input(1, 3, 6, 7), kernel_shape=[3, 3], strides=[2, 2],
                 pads=[0, 1, 1, 0], ceil_mode=1))
    for include in (0, 1):
        n = Network(f"average_pool_padding_{'in' if include else 'ex'}cluded")
        n.save(n.add("AveragePool", n.input(1, 2, 6, 5), kernel_shape=[3, 2], strides=[2, 2],
                     pads=[1, 1, 1, 0], count_include_pad=include))
    n = Network("average_pool_ceil")
    n.save(n.add("AveragePool", n.input(1, 2, 6, 6), kernel_shape=[3, 3], strides=[2, 2], ceil_mode=1))
    n = Network("global_pools")
    x = n.input(1, 5, 4, 3)
    y = n.add("Add", n.add("GlobalAveragePool", x), n.add("GlobalMaxPool", x))
    n.save(n.add("Flatten", y))
    n = Network("reductions")
    x = n.input(1, 5, 4, 3)
    n.save(n.add("ReduceMean", x, axes=[2, 3], keepdims=0), n.add("ReduceSum", x, n.ints(1)))


def dense_layers():
    n = Network("gemm_scaled")
    n.save(n.add("Gemm", n.input(4, 3), n.weights(5, 4), n.weights(3, 5), alpha=0.5, beta=2.0,
                 transA=1, transB=1))
    n = Network("mat_mul_signal")
    n.save(n.add("Add", n.add("MatMul", n.input(1, 6, 4), n.weights(4, 3)), n.weights(3)))
    n = Network("flatten_gemm")
    y = n.add("Conv", n.input(1, 2, 5, 6), n.weights(3, 2, 2, 2), n.weights(3))
    y = n.add("Relu", n.add("MaxPool", y, kernel_shape=[2, 2], strides=[2, 2]))
    n.save(n.add("Softmax", n.add("Gemm", n.add("Flatten", y), n.weights(4, 12), n.weights(4),
                                  transB=1)))
    n = Network("view_by_shape")
    y = n.add("Conv", n.input(1, 2, 5, 6), n.weights(3, 2, 2, 2))
    batch = n.add("Gather", n.add("Shape", y), n.constant(0, np.int64))
    shape = n.add("Concat", n.add("Unsqueeze", batch, n.ints(0)), n.ints(-1), axis=0)
    n.save(n.add("MatMul", n.add("Reshape", y, shape), n.weights(60, 4)))
    n = Network("flatten_by_transpose")
    y = n.add("Conv", n.input(1, 2, 4, 4), n.weights(3, 2, 2, 2))
    y = n.add("Reshape", n.add("Transpose", y, perm=[0, 2, 3, 1]), n.ints(1, 27))
    n.save(n.add("MatMul", y, n.weights(27, 2)))


def activations():
    n = Network("clips", opset=13)
    x = n.input(1, 2, 3, 4)
    n.save(n.add("Clip", x, n.constant(0), n.constant(6)), n.add("Clip", x, n.constant(-0.25)),
           n.add("Clip", x, "", n.constant(0.5)), n.add("Clip", x, n.constant(-0.5), n.constant(0.75)))
    n = Network("clip_attributes", opset=6)
    n.save(n.add("Clip", n.input(3, 4), min=-0.5, max=0.5))
    n = Network("activations", opset=14)
    x = n.input(1, 3, 4, 4)
    n.save(n.add("LeakyRelu", x, alpha=0.2), n.add("PRelu", x, n.weights(3, 1, 1)),
           n.add("HardSwish", x), n.add("HardSigmoid", x), n.add("Sigmoid", x), n.add("Tanh", x))
    n = Network("softmax_of_channels")
    y = n.add("Conv", n.input(1, 2, 3, 3), n.weights(4, 2, 1, 1))
    n.save(n.add("Softmax", y, axis=1))
    n = Network("softmax_of_all", opset=11)
    n.save(n.add("Softmax", n.input(2, 3, 2, 2), axis=1))


def elementwise():
    n = Network("squeeze_and_excite")
    x = n.add("Conv", n.input(1, 2, 4, 4), n.weights(4, 2, 3, 3, scale=1), pads=[1, 1, 1, 1])
    s = n.add("Relu", n.add("Conv", n.add("GlobalAveragePool", x), n.weights(2, 4, 1, 1)))
    s = n.add("Sigmoid", n.add("Conv", s, n.weights(4, 2, 1, 1)))
    n.save(n.add("Mul", x, s))
    n = Network("arithmetic")
    x = n.add("Conv", n.input(1, 2, 3, 4), n.weights(3, 2, 1, 1))
    y = n.add("Sub", n.weights(3, 1, 4), n.add("Div", x, n.constant(n.random.uniform(1, 2, (3, 1, 1)))))
    n.save(n.add("Neg", n.add("Sum", x, y, n.add("Mul", y, n.weights(4)))))
    n = Network("broadcast_of_signals")
    n.save(n.add("Mul", n.input(1, 4, 5), n.input(4, 1)))


def shapes():
    n = Network("concat_split")
    x = n.add("Conv", n.input(1, 2, 4, 4), n.weights(6, 2, 1, 1))
    a, b = n.add("Split", x, n.ints(2, 4), outputs=2, axis=1)
    n.save(n.add("Concat", b, n.add("Relu", a), n.weights(1, 1, 4, 4), axis=1))
    n = Network("slices")
    x = n.add("Conv", n.input(1, 3, 6, 5), n.weights(4, 3, 1, 1))
    y = n.add("Slice", x, n.ints(-1, 1), n.ints(-2**63, 2**63 - 1), n.ints(2, 1), n.ints(-2, 2))
    n.save(y, n.add("Gather", x, n.constant(-1, np.int64), axis=1))
    n = Network("pads")
    x = n.add("Conv", n.input(1, 2, 3, 3), n.weights(2, 2, 1, 1))
    y = n.add("Pad", x, n.ints(0, 0, 1, 2, 0, 1, 0, 1), n.constant(0.5))
    n.save(n.add("Conv", y, n.weights(2, 3, 2, 2)))
    n = Network("channel_shuffle")
    x = n.add("Conv", n.input(1, 3, 3, 4), n.weights(6, 3, 1, 1))
    y = n.add("Transpose", n.add("Reshape", x, n.ints(1, 2, 3, 3, 4)), perm=[0, 2, 1, 3, 4])
    n.save(n.add("Conv", n.add("Reshape", y, n.ints(1, 6, 3, 4)), n.weights(2, 6, 1, 1)))
    n = Network("transposed_signal")
    n.save(n.add("Transpose", n.add("Relu", n.input(1, 4, 6)), perm=[0, 2, 1]))
    n = Network("flat_image")
    x = n.add("Conv", n.input(1, 2, 3, 4), n.weights(3, 2, 1, 1))
    n.save(n.add("Flatten", x))


def quantized():
    # The real forms: QuantizeLinear and DequantizeLinear around operators on floats.
    n = Network("qdq_conv")
    x = n.through(n.input(1, 3, 6, 6), 1 / 128, 3)
    w_scale = n.random.uniform(0.001, 0.004, 4).astype(np.float32)
    w = n.dequantize(n.int8_weights(4, 3, 3, 3), w_scale, 0, axis=0)
    bias = n.dequantize(n.constant(n.random.randint(-500, 500, 4), np.int32), w_scale / 128, 0,
                        np.int32, axis=0)
    y = n.add("Relu", n.add("Conv", x, w, bias, pads=[1, 1, 1, 1], strides=[2, 2]))
    n.save(n.through(y, 0.01, -128))
    n = Network("qdq_conv_uint8_edges")
    x = n.dequantize(n.input(1, 2, 5, 5, type=UINT8), 1 / 255, 128, np.uint8)
    w = n.dequantize(n.int8_weights(3, 2, 2, 2), 0.004, 0)
    y = n.add("Clip", n.add("Conv", x, w, n.weights(3)), n.constant(0), n.constant(6))
    n.save(n.quantize(y, 0.01, 0, np.uint8), type=UINT8)
    n = Network("qdq_depthwise")
    x = n.through(n.input(1, 3, 6, 6), 1 / 128, 0)
    w = n.dequantize(n.int8_weights(3, 1, 3, 3), n.random.uniform(0.001, 0.004, 3), 0, axis=0)
    n.save(n.through(n.add("Conv", x, w, group=3), 0.015, 5))
    n = Network("qdq_flatten_gemm")
    x = n.through(n.input(1, 2, 3, 4), 1 / 128, 0)
    y = n.add("MaxPool", x, kernel_shape=[2, 2])
    y = n.through(n.add("Flatten", n.through(y, 1 / 128, 0)), 1 / 128, 0)
    w = n.dequantize(n.int8_weights(12, 5), 0.004, 0)
    n.save(n.through(n.add("Gemm", y, w, n.weights(5)), 0.02, -7))
    n = Network("qdq_elementwise")
    a = n.through(n.input(1, 3, 4, 4), 1 / 128, 3)
    b = n.through(n.input(1, 3, 1, 1), 1 / 100, -4)
    n.save(n.through(n.add("Relu", n.add("Add", a, b)), 0.01, -128),
           n.through(n.add("Mul", a, b), 0.008, 1), n.through(n.add("Sub", b, a), 0.016, 0))
    n = Network("qdq_pools")
    x = n.through(n.input(1, 3, 4, 6), 1 / 128, 2)
    n.save(n.through(n.add("AveragePool", x, kernel_shape=[2, 3], strides=[2, 3]), 0.006, -1),
           n.through(n.add("GlobalAveragePool", x), 0.005, 9))
    n = Network("qdq_concat")
    x = n.input(1, 2, 3, 3)
    y = n.add("Concat", n.through(x, 1 / 128, 0), n.through(x, 1 / 61.3, 5), axis=1)
    n.save(n.through(y, 1 / 100, 2))
    n = Network("qdq_activations")
    x = n.through(n.input(1, 16), 1 / 30, 2)
    n.save(n.through(n.add("Sigmoid", x), 1 / 256, -128), n.through(n.add("Tanh", x), 1 / 128, 0),
           n.through(n.add("LeakyRelu", x, alpha=0.1), 0.02, -60),
           n.through(n.add("Softmax", x), 1 / 255, -128))
    # The integer forms.
    n = Network("qlinear_conv")
    x = n.quantize(n.input(1, 3, 5, 5), 1 / 128, 128, np.uint8)
    scale, zero = n.constant(1 / 128), n.constant(128, np.uint8)
    w_scale = n.constant(n.random.uniform(0.001, 0.004, 4))
    y = n.add("QLinearConv", x, scale, zero, n.int8_weights(4, 3, 2, 2), w_scale,
              n.constant([0, 0, 0, 0], np.int8), n.constant(0.012), n.constant(100, np.uint8),
              n.constant(n.random.randint(-500, 500, 4), np.int32))
    n.save(n.dequantize(y, 0.012, 100, np.uint8))
    n = Network("qlinear_dense")
    x = n.quantize(n.input(1, 8), 1 / 128, 0)
    scale, zero = n.constant(1 / 128), n.constant(0, np.int8)
    y = n.add("QLinearMatMul", x, scale, zero, n.int8_weights(8, 4), n.constant(0.005),
              n.constant(0, np.int8), n.constant(0.02), n.constant(-3, np.int8))
    y = n.add("QLinearAdd", y, n.constant(0.02), n.constant(-3, np.int8),
              n.int8_weights(4), n.constant(0.003), n.constant(0, np.int8), n.constant(0.02),
              n.constant(4, np.int8), domain="com.microsoft")
    n.save(n.dequantize(y, 0.02, 4))


if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    for old in FOLDER.glob("*.onnx"):
        old.unlink()
    for make in (convolutions, poolings, dense_layers, activations, elementwise, shapes, quantized):
        make()
