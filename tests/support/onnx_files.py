"""Small ONNX graphs, and the models that are read of them."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from onnx import TensorProto, helper

from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.reporter import Silent
from brainrank.models_zoo.catalogue import find_model
from brainrank.models_zoo.load import resolve
from brainrank.models_zoo.resolved import ResolvedModel


def resolved(path: Path) -> ResolvedModel:
    return resolve(find_model(f"onnx:{path}"), Locations(path.parent), Silent())


def hooked(model: ResolvedModel, images: torch.Tensor) -> list[torch.Tensor]:
    """What each default layer gives, as any hook sees it."""
    built, seen = model.build().eval(), dict[str, torch.Tensor]()
    for layer in model.layers:
        built.get_submodule(layer).register_forward_hook(lambda _m, _i, out, layer=layer: seen.update({layer: out}))
    with torch.inference_mode():
        built(images)
    return [seen[layer] for layer in model.layers]


def graph(
    nodes: Sequence[Any],
    *,
    inputs: Sequence[tuple[str, int, Sequence[object]]] = (("images", TensorProto.FLOAT, ("n", 3, 8, 8)),),
    outputs: Sequence[str] = ("out",),
    stored: Sequence[Any] = (),
    opsets: Sequence[tuple[str, int]] = (("", 17),),
) -> Any:
    made = helper.make_graph(
        list(nodes),
        "net",
        [helper.make_tensor_value_info(*each) for each in inputs],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, ("n", "c", "h", "w")) for name in outputs],
        list(stored),
    )
    opset_imports = [helper.make_opsetid(domain, version) for domain, version in opsets]
    return helper.make_model(made, opset_imports=opset_imports, ir_version=9)


RELU = helper.make_node("Relu", ["images"], ["out"])


def saved(model: Any, path: Path) -> Path:
    path.write_bytes(model.SerializeToString())
    return path
