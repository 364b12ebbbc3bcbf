"""ONNX graphs made for a purpose."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

SIDE = 8
WIDTH = 6


def _saved(path: Path, nodes: Sequence[onnx.NodeProto], constants: Mapping[str, object]) -> Path:
    graph = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info("images", TensorProto.FLOAT, ("n", 3, SIDE, SIDE))],
        [helper.make_tensor_value_info("out", TensorProto.FLOAT, ("n", "k"))],
        [numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    path.write_bytes(model.SerializeToString())
    return path


def linear(path: Path) -> Path:
    """A graph of one product."""
    weights = np.random.default_rng(0).standard_normal((3 * SIDE * SIDE, WIDTH)).astype(np.float32)
    nodes = [helper.make_node("Flatten", ["images"], ["flat"]), helper.make_node("MatMul", ["flat", "w"], ["out"])]
    return _saved(path, nodes, {"w": weights})


def endless(path: Path) -> Path:
    """A loop that ends after 2^62 turns."""
    value = TensorProto.FLOAT
    body = helper.make_graph(
        [
            helper.make_node("Identity", ["going"], ["going_on"]),
            helper.make_node("Mul", ["before", "before"], ["squared"]),
            helper.make_node("Sqrt", ["squared"], ["after"]),
        ],
        "body",
        [
            helper.make_tensor_value_info("turn", TensorProto.INT64, ()),
            helper.make_tensor_value_info("going", TensorProto.BOOL, ()),
            helper.make_tensor_value_info("before", value, ()),
        ],
        [
            helper.make_tensor_value_info("going_on", TensorProto.BOOL, ()),
            helper.make_tensor_value_info("after", value, ()),
        ],
    )
    nodes = [
        helper.make_node("Flatten", ["images"], ["flat"]),
        helper.make_node("Loop", ["turns", "true", "flat"], ["out"], body=body),
    ]
    return _saved(path, nodes, {"turns": np.int64(2**62), "true": np.True_})


def greedy(path: Path, n_bytes: int) -> Path:
    """A graph that holds a tensor of so many bytes while it runs."""
    nodes = [
        helper.make_node("ReduceMean", ["images"], ["means"], axes=[1, 2, 3], keepdims=0),
        helper.make_node("ReduceSum", ["means"], ["sum"], keepdims=1),
        helper.make_node("Expand", ["sum", "shape"], ["large"]),
        helper.make_node("ReduceMean", ["large"], ["mean"], keepdims=0),
        helper.make_node("Flatten", ["images"], ["flat"]),
        helper.make_node("Add", ["flat", "mean"], ["out"]),
    ]
    return _saved(path, nodes, {"shape": np.array([n_bytes // 4], dtype=np.int64)})
