#!/usr/bin/python3
"""Writes the bad .onnx files of tests/fuzz/onnx_corpus: each has one thing wrong.

Needs Debian's python3-onnx and python3-numpy. Run from the source tree's root, without arguments. What is
said about each file is in tests/onnx/bad_files_test.cc.
"""
import pathlib

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

FOLDER = pathlib.Path("tests/fuzz/onnx_corpus")


def model(nodes, constants=(), inputs=(("x", [1, 3, 4, 4]),), outputs=("y",), type=TensorProto.FLOAT,
          opset=13):
    graph = helper.make_graph(
        nodes, "bad", [helper.make_tensor_value_info(name, type, shape) for name, shape in inputs],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in outputs],
        list(constants))
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=7)


def constant(name, array, dtype=np.float32):
    return numpy_helper.from_array(np.asarray(array, dtype), name)


def one(op, inputs=("x",), constants=(), **attributes):
    return model([helper.make_node(op, list(inputs), ["y"], name="it", **attributes)], constants)


def save(name, content):
    data = content if isinstance(content, bytes) else content.SerializeToString()
    (FOLDER / f"{name}.onnx").write_bytes(data)


def files():
    weights = constant("w", np.ones((2, 3, 2, 2)))
    save("empty", b"")
    save("no_graph", onnx.ModelProto(ir_version=7))
    save("text", b"this is not a network\n")
    save("cut", one("Conv", ("x", "w"), [weights]).SerializeToString()[:-40])
    save("unknown_operator", one("NonMaxSuppression"))
    save("other_domain", one("Conv", ("x", "w"), [weights], domain="com.example"))
    save("opset", model([helper.make_node("Relu", ["x"], ["y"])], opset=99))
    save("open_size", model([helper.make_node("Relu", ["x"], ["y"])], inputs=[("x", [1, 3, None, 4])]))
    save("double", model([helper.make_node("Relu", ["x"], ["y"])], type=TensorProto.DOUBLE))
    save("huge_input", model([helper.make_node("Relu", ["x"], ["y"])],
                             inputs=[("x", [2**20, 2**20, 2**20, 2**20])]))
    save("undefined", one("Add", ("x", "nobody")))
    save("backwards", model([helper.make_node("Relu", ["later"], ["y"]),
                             helper.make_node("Relu", ["x"], ["later"])]))
    save("set_twice", model([helper.make_node("Relu", ["x"], ["y"]),
                             helper.make_node("Tanh", ["x"], ["y"])]))
    save("no_output", model([helper.make_node("Relu", ["x"], ["z"])]))
    save("weights_do_not_fit", one("Conv", ("x", "w"), [constant("w", np.ones((2, 5, 2, 2)))]))
    save("weights_from_outside", model([helper.make_node("Conv", ["x", "w"], ["y"])],
                                       inputs=[("x", [1, 3, 4, 4]), ("w", [2, 3, 2, 2])]))
    save("window_too_large", one("MaxPool", kernel_shape=[9, 9]))
    save("padding_of_text", one("Conv", ("x", "w"), [weights], pads="all"))
    save("auto_pad", one("Conv", ("x", "w"), [weights], auto_pad="SOMEHOW"))
    save("groups", one("Conv", ("x", "w"), [weights], group=2))
    save("reshape", one("Reshape", ("x", "s"), [constant("s", [7, -1], np.int64)]))
    save("reshape_overflow",
         one("Reshape", ("x", "s"), [constant("s", [2**40, 2**40, -1], np.int64)]))
    save("transpose", one("Transpose", perm=[0, 0, 1, 2]))
    save("axis", one("Concat", ("x", "x"), axis=7))
    save("broadcast", one("Add", ("x", "c"), [constant("c", np.ones((3, 1, 5)))]))
    save("scale", model([helper.make_node("QuantizeLinear", ["x", "s", "z"], ["q"]),
                         helper.make_node("DequantizeLinear", ["q", "s", "z"], ["y"])],
                        [constant("s", -0.5), constant("z", 0, np.int8)]))
    save("two_scales", model([helper.make_node("QuantizeLinear", ["x", "s", "z"], ["q"]),
                              helper.make_node("DequantizeLinear", ["q", "t", "z"], ["y"])],
                             [constant("s", 0.5), constant("t", 0.25), constant("z", 0, np.int8)]))
    save("if", model([helper.make_node("If", ["c"], ["y"], then_branch=one("Relu").graph,
                                       else_branch=one("Tanh").graph)],
                     [constant("c", True, np.bool_)]))

    external = TensorProto(name="w", data_type=TensorProto.FLOAT, dims=[2, 3, 2, 2],
                           data_location=TensorProto.EXTERNAL)
    external.external_data.add(key="location", value="/etc/passwd")
    save("external_data", one("Conv", ("x", "w"), [external]))
    short = TensorProto(name="w", data_type=TensorProto.FLOAT, dims=[2, 3, 2, 2], raw_data=b"1234")
    save("short_constant", one("Conv", ("x", "w"), [short]))
    vast = TensorProto(name="w", data_type=TensorProto.FLOAT, dims=[2**31 - 1, 2**31 - 1], raw_data=b"")
    save("vast_constant", one("MatMul", ("x", "w"), [vast]))
    nothing = TensorProto(name="w", data_type=TensorProto.FLOAT, dims=[0, 2**31 - 1, 2**31 - 1, 8])
    save("constant_of_nothing", one("Conv", ("x", "w"), [nothing]))

    # Small files that ask for much.
    save("many_empty_nodes", onnx.ModelProto(graph=onnx.GraphProto()).SerializeToString() +
         b"\x3a\x80\xc0\x02" + b"\x0a\x00" * (0xA000 // 2))
    chain = [helper.make_node("ConstantOfShape", ["s"], ["c0"])]
    chain += [helper.make_node("Add", [f"c{i}", "one"], [f"c{i + 1}"]) for i in range(60)]
    save("many_large_constants", model(chain, [constant("s", [100, 250], np.int64), constant("one", 1)],
                                        outputs=["c60"]))


if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    for old in FOLDER.glob("*.onnx"):
        old.unlink()
    files()
