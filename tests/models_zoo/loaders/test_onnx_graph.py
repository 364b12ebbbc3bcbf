"""Graphs that cannot be used say why: faults, foreign operators, training mode."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import torch
from onnx import TensorProto, helper, numpy_helper
from onnx_files import RELU, graph, hooked, resolved, saved

from brainrank.benchmark.types.errors import ModelLoadError, UserError
from brainrank.models_zoo.catalogue import find_model


def external(path: Path) -> Path:
    weight = numpy_helper.from_array(np.zeros((3, 3, 300, 1), "float32"), "weight")
    nodes = [helper.make_node("Conv", ["images", "weight"], ["out"])]
    onnx.save_model(
        graph(nodes, stored=[weight], inputs=[("images", TensorProto.FLOAT, ("n", 3, 300, 8))]),
        path,
        save_as_external_data=True,
        location="weights.bin",
    )
    return path


TWO = [("images", TensorProto.FLOAT, ("n", 3, 8, 8)), ("text", TensorProto.FLOAT, ("n", 4))]
FOREIGN = [helper.make_node("DeformAttn", ["images"], ["out"], domain="mmdeploy")]
BROKEN_NODES = [helper.make_node("Relu", ["nowhere"], ["out"])]
UNKNOWN_OPERATOR = [helper.make_node("Reluu", ["images"], ["out"])]
FAULTS: dict[str, tuple[Callable[[Path], Path], str]] = {
    "several inputs": (lambda p: saved(graph([RELU], inputs=TWO), p), r"has 2 inputs \(images, text\)"),
    "no image": (
        lambda p: saved(graph([RELU], inputs=[("images", TensorProto.FLOAT, ("n", 10))]), p),
        r"has the shape \(None, 10\)",
    ),
    "integers": (
        lambda p: saved(graph([RELU], inputs=[("images", TensorProto.UINT8, ("n", 3, 8, 8))]), p),
        "is UINT8; it must be FLOAT",
    ),
    "foreign operators": (
        lambda p: saved(graph(FOREIGN, opsets=[("", 17), ("mmdeploy", 1)]), p),
        "not ONNX's own: mmdeploy::DeformAttn",
    ),
    "unknown operator": (lambda p: saved(graph(UNKNOWN_OPERATOR), p), "no valid ONNX model .*Reluu"),
    "dangling tensor": (lambda p: saved(graph(BROKEN_NODES), p), "no valid ONNX model"),
    "external data": (external, r"keeps 1 tensors \(weight\) in other files"),
    "empty": (lambda p: (p.write_bytes(b"") and p) or p, "holds no graph"),
    "text": (lambda p: (p.write_text("this is no graph") and p) or p, "damaged or no ONNX file|holds no graph"),
    "cut short": (
        lambda p: (p.write_bytes(graph([RELU]).SerializeToString()[:-9]) and p) or p,
        "damaged or no ONNX file|no valid ONNX|holds no graph|has 0 inputs",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_graph_that_cannot_be_used_says_why(fault: str, tmp_path: Path) -> None:
    make, message = FAULTS[fault]
    with pytest.raises(ModelLoadError, match=message):
        resolved(make(tmp_path / "net.onnx"))


def test_an_operator_that_onnxruntime_has_not_fails_on_building(tmp_path: Path) -> None:
    nodes = [helper.make_node("FancyNorm", ["images"], ["out"], domain="com.microsoft")]
    model = resolved(saved(graph(nodes, opsets=[("", 17), ("com.microsoft", 1)]), tmp_path / "net.onnx"))
    with pytest.raises(ModelLoadError, match="cannot be run by onnxruntime .*FancyNorm"):
        model.build()


def test_a_file_that_is_not_there_is_the_users_mistake(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="There is no file"):
        find_model(f"onnx:{tmp_path / 'none.onnx'}")


ONES = numpy_helper.from_array(np.ones(3, "float32"), "ones")
HALF, LIVE = numpy_helper.from_array(np.float32(0.5), "half"), numpy_helper.from_array(np.array(True), "live")
CONSTANT = helper.make_node("Constant", [], ["live"], value=numpy_helper.from_array(np.array(True)))
TRAINING: dict[str, tuple[list[Any], list[Any]]] = {
    "batch norm": (
        [helper.make_node("BatchNormalization", ["images", *["ones"] * 4], ["out", "m", "v"], training_mode=1)],
        [ONES],
    ),
    "dropout": ([helper.make_node("Dropout", ["images", "half", "live"], ["out"])], [HALF, LIVE]),
    "dropout by a constant": ([CONSTANT, helper.make_node("Dropout", ["images", "half", "live"], ["out"])], [HALF]),
}


@pytest.mark.parametrize("kind", TRAINING)
def test_a_graph_in_training_mode_is_refused(kind: str, tmp_path: Path) -> None:
    nodes, stored = TRAINING[kind]
    with pytest.raises(ModelLoadError, match="exported in training mode .*network.eval"):
        resolved(saved(graph(nodes, stored=stored), tmp_path / "net.onnx"))


def test_one_in_evaluation_mode_is_not(tmp_path: Path) -> None:
    off = numpy_helper.from_array(np.array(False), "live")
    nodes = [
        helper.make_node("BatchNormalization", ["images", *["ones"] * 4], ["normed"]),
        helper.make_node("Dropout", ["normed", "half", "live"], ["dropped"]),
        helper.make_node("Relu", ["dropped"], ["out"]),
    ]
    images = torch.rand(2, 3, 8, 8)
    found = hooked(resolved(saved(graph(nodes, stored=[ONES, HALF, off]), tmp_path / "net.onnx")), images)
    torch.testing.assert_close(found[0], ((images - 1) / (1 + 1e-5) ** 0.5 + 1).relu(), atol=1e-6, rtol=1e-6)
