"""Remakes the graphs of this folder: python3 make-graphs.py, with Debian's python3-onnx. Needed only to change them.

All take `pixels` uint8 [N, 8, 8, 3], unless their name says that something is wrong with them.
- tiny.onnx: mean colour, times a fixed 3 x 4 matrix, to unit length
- fragile.onnx: the same, but the run fails where a pixel is 255
- slow.onnx: 32 products with a 1024 x 1024 matrix (made at load), then as tiny
- wrong-input.onnx: takes float32 `input` instead
"""

from pathlib import Path

import numpy as np
from onnx import TensorProto, checker, helper, numpy_helper, save

FOLDER = Path(__file__).parent
MATRIX = np.array([[1, 0, 0, 0.5], [0, 1, 0, 0.25], [0, 0, 1, 0.125]], np.float32)


def node(op, inputs, output, **attributes):
    return helper.make_node(op, inputs, [output], **attributes)


def constant(name, array):
    return numpy_helper.from_array(array, name)


def colour_to_vector(start):
    """Nodes from `start` float [N, 8, 8, 3] to the unit vector `embedding`."""
    return [
        node("ReduceMean", [start], "mean", axes=[1, 2], keepdims=0),
        node("Add", ["mean", "one"], "positive"),
        node("MatMul", ["positive", "matrix"], "vector"),
        node("ReduceL2", ["vector"], "length", axes=[1], keepdims=1),
        node("Div", ["vector", "length"], "embedding"),
    ]


def write(name, nodes, extra=(), input_name="pixels", input_type=TensorProto.UINT8):
    graph = helper.make_graph(
        nodes,
        name,
        [helper.make_tensor_value_info(input_name, input_type, ["N", 8, 8, 3])],
        [helper.make_tensor_value_info("embedding", TensorProto.FLOAT, ["N", 4])],
        [constant("matrix", MATRIX), constant("one", np.array(1, np.float32)), *extra],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 8
    checker.check_model(model)
    save(model, str(FOLDER / f"{name}.onnx"))


cast = node("Cast", ["pixels"], "float", to=TensorProto.FLOAT)
write("tiny", [cast, *colour_to_vector("float")])
write("wrong-input", colour_to_vector("input"), input_name="input", input_type=TensorProto.FLOAT)

# An index out of range is an error of the run: the table ends before 255.
write(
    "fragile",
    [
        cast,
        node("ReduceMax", ["float"], "brightest", keepdims=0),
        node("Cast", ["brightest"], "index", to=TensorProto.INT64),
        node("ConstantOfShape", ["table length"], "table"),
        node("Gather", ["table", "index"], "zero"),
        node("Add", ["float", "zero"], "same"),
        *colour_to_vector("same"),
    ],
    [constant("table length", np.array([255], np.int64))],
)

# Each row of the product is (a sum of the row) / 1024, so the values stay in range however often it is repeated.
side = 1024
spread = helper.make_tensor("value", TensorProto.FLOAT, [1], [1 / side])
products = [node("MatMul", ["row" if i == 0 else f"product {i}", "spread"], f"product {i + 1}") for i in range(32)]
write(
    "slow",
    [
        cast,
        node("ConstantOfShape", ["spread shape"], "spread", value=spread),
        node("Tile", ["float", "repeats"], "tiled"),
        node("Reshape", ["tiled", "row shape"], "row"),
        *products,
        node("ReduceMean", [f"product {len(products)}"], "calm", axes=[1, 2], keepdims=1),
        node("Unsqueeze", ["calm", "axis of colour"], "calm 4"),
        node("Add", ["float", "calm 4"], "both"),
        *colour_to_vector("both"),
    ],
    [
        constant("spread shape", np.array([side, side], np.int64)),
        constant("repeats", np.array([1, 8, 8, 1], np.int64)),
        constant("row shape", np.array([0, 12, side], np.int64)),
        constant("axis of colour", np.array([3], np.int64)),
    ],
)
