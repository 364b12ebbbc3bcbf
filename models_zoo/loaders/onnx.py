"""`onnx:FILE`: any network as an ONNX graph, whose intermediate tensors are its layers."""

import os
from functools import partial
from tempfile import TemporaryDirectory
from typing import Any

import torch
from torch import nn

from brainrank.benchmark.types.errors import ModelLoadError, first_line
from brainrank.benchmark.types.joined_tokens import CLASS_TOKENS, OTHER_TOKENS
from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.model_spec import GREY, ModelSpec
from brainrank.benchmark.types.reporter import Reporter
from brainrank.models_zoo.loaders.local import file_of, local_file
from brainrank.models_zoo.loaders.onnx_content import messages, onnx
from brainrank.models_zoo.loaders.onnx_graph import Graph, read_graph, read_model
from brainrank.models_zoo.loaders.optional_packages import package
from brainrank.models_zoo.network import Network
from brainrank.models_zoo.resolved import ResolvedModel

OTHER_FILES = "session.model_external_initializers_file_folder_path"


def check(spec: ModelSpec) -> None:
    """Raise UserError when there is no such file; the graph is read when the model is resolved."""
    if spec.weights is None:
        local_file(spec)


def resolve(spec: ModelSpec, locations: Locations, reporter: Reporter) -> ResolvedModel:
    """Read and check the graph; its input says the images' size, its shortcuts or activations the layers."""
    file = file_of(spec, locations, reporter)
    graph = read_graph(file)
    layers = spec.layers or tuple(layer_name(tensor) for tensor in graph.blocks)
    network = Network("onnx", packages=("onnx", "onnxruntime"))
    preprocessing = (spec.preprocessing or graph.preprocessing).of_channels(graph.input.channels)
    if graph.input.channels == GREY:
        reporter.message(f"{file.path.name} takes one channel: it is fed grey images, .299 R + .587 G + .114 B")
    return ResolvedModel(file.sha256, network, preprocessing, layers, partial(OnnxNetwork, graph))


def outline(spec: ModelSpec, locations: Locations, reporter: Reporter) -> ResolvedModel:
    """The model itself: a graph is its own architecture."""
    return resolve(spec, locations, reporter)


def layer_name(tensor: str) -> str:
    """A tensor's name as a module's: without the dots that would mean nesting, and never that of an attribute."""
    name = tensor.replace(".", "_")
    return f"{name}_" if hasattr(nn.Module(), name) or name in {"tensors", "graph"} else name


class WithoutRows:
    """In place of a tensor that has no row for each image, which is no layer."""

    def __init__(self, shape: tuple[int, ...]) -> None:
        self.shape, self.told = shape, str(shape)


class OnnxNetwork(nn.Module):
    """A graph whose tensors are modules that hand them on, so that hooks see them as they see any layer.

    Only tensors whose modules are hooked are made outputs of the graph: what lies behind the last of them is not
    computed, and what nobody looks at is free to be fused. Runs on the CPU.
    """

    def __init__(self, graph: Graph) -> None:
        super().__init__()
        self.graph = graph
        self.tensors = {layer_name(tensor): tensor for tensor in graph.tensors}
        for name in self.tensors:
            self.add_module(name, nn.Identity())
        for name, shape in graph.stored.items():
            # Under its own name, as the class token of any network is found: which one is told by its shape alone.
            if name in {*CLASS_TOKENS, *OTHER_TOKENS} and not hasattr(self, name):
                self.register_buffer(name, torch.empty(shape), persistent=False)
        self._session: tuple[tuple[str, ...], Any] | None = None
        self._axes: dict[str, int | None] | None = None
        self._runner(tuple(self.tensors.values())[-1:])  # a graph that cannot be run fails here, not at the first image

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Return the last wanted tensor, a row per image."""
        hooked = tuple(name for name in self.tensors if self.get_submodule(name)._forward_hooks)
        wanted = hooked or tuple(self.tensors)[-1:]
        runner = self._runner(tuple(self.tensors[name] for name in wanted))
        if self._axes is None:
            self._axes = self._batch_axes(runner)
        chunks: list[torch.Tensor] = list(images.detach().cpu().split_with_sizes(self._sizes(len(images))))
        parts = [self._run(runner, chunk) for chunk in chunks]
        last: torch.Tensor | None = None
        for name, *rows in zip(wanted, *parts, strict=True):
            without = next((each for each in rows if isinstance(each, WithoutRows)), None)
            if without is not None:  # for whoever looks at all there is
                self.get_submodule(name)(without)
            else:
                last = self.get_submodule(name)(torch.cat(rows).to(images.device))
        if last is None:
            raise self._no_rows(wanted[0], tuple(parts[0][0].shape), len(chunks[0]))
        return last

    def _sizes(self, n_images: int) -> list[int]:
        """Into how many images at a time the graph's batch makes us cut."""
        size = self.graph.input.batch or n_images
        return [min(size, n_images - start) for start in range(0, n_images, size)]

    def _run(self, runner: Any, images: torch.Tensor) -> "list[torch.Tensor | WithoutRows]":
        """The wanted tensors of a chunk, a row per image; it is filled up where the graph insists on its batch."""
        n_images, fill = len(images), (self.graph.input.batch or 0) - len(images)
        if fill > 0:
            images = torch.cat([images, images[:1].expand(fill, -1, -1, -1)])
        rows = list[torch.Tensor | WithoutRows]()
        for name, value in self._found(runner, images).items():
            axis = (self._axes or {}).get(name, 0)
            if axis is None or value.ndim < 2 or value.shape[axis] != len(images):
                rows.append(WithoutRows(tuple(value.shape)))
            else:
                rows.append(value.movedim(axis, 0)[:n_images].float())
        return rows

    def _found(self, runner: Any, images: torch.Tensor) -> dict[str, torch.Tensor]:
        """What onnxruntime gives for images as they are."""
        taken = self.graph.input
        images = images.permute(0, 2, 3, 1) if taken.channels_last else images
        fed = (images.half() if taken.half else images).contiguous().numpy()
        try:
            found = runner.run(None, {taken.name: fed})
        except _runtime_errors() as error:
            raise ModelLoadError(
                f"{self.graph.file.path.name} failed on {tuple(fed.shape)}: {first_line(error)}"
            ) from error
        names = (output.name for output in runner.get_outputs())
        return {name: torch.from_numpy(value) for name, value in zip(names, found, strict=True)}

    def _batch_axes(self, runner: Any) -> dict[str, int | None]:
        """Along which axis images lie in each tensor whose shape does not say it: what grows from two to three of them.

        None where there is no such axis, or another one grows, too.
        """
        taken = self.graph.input
        names = [output.name for output in runner.get_outputs() if output.name not in self.graph.settled]
        if taken.batch is not None or not names:
            return {}
        two, three = (self._found(runner, torch.zeros(count, taken.channels, *taken.size)) for count in (2, 3))
        axes = dict[str, int | None]()
        for name in names:
            shapes = tuple(two[name].shape), tuple(three[name].shape)
            grown = [axis for axis, sizes in enumerate(zip(*shapes, strict=False)) if sizes[0] != sizes[1]]
            is_row = len(grown) == 1 and shapes[0][grown[0]] == 2 and len(shapes[0]) > 1
            axes[name] = grown[0] if is_row else None
        return axes

    def _no_rows(self, name: str, shape: tuple[int, ...], n_images: int) -> ModelLoadError:
        return ModelLoadError(
            f"Tensor '{name}' of {self.graph.file.path.name} has the shape {shape} for {n_images} images; a "
            "layer has a row per image, choose others with --layers"
        )

    def _runner(self, wanted: tuple[str, ...]) -> Any:
        """A session whose outputs are the wanted tensors; kept for the next batch."""
        if self._session is None or self._session[0] != wanted:
            self._session, self._axes = (wanted, _session(self.graph, wanted)), None
        return self._session[1]


def _runtime() -> Any:
    os.environ.setdefault(
        "ORT_DISABLE_TELEMETRY", "1"
    )  # its packages report their use to their maker unless told not to
    return package("onnxruntime", source="onnx", install="onnx onnxruntime")


def _runtime_errors() -> tuple[type[Exception], ...]:
    states = package("onnxruntime.capi.onnxruntime_pybind11_state", source="onnx", install="onnxruntime")
    return (states.Fail, states.InvalidArgument, states.InvalidGraph, states.NotImplemented, states.RuntimeException)


def _session(graph: Graph, wanted: tuple[str, ...]) -> Any:
    model = read_model(graph.file)
    _cut(model.graph, wanted)
    del model.graph.output[:]
    model.graph.output.extend(onnx().ValueInfoProto(name=name) for name in wanted)
    options = _runtime().SessionOptions()
    options.intra_op_num_threads = torch.get_num_threads()
    options.log_severity_level = 4  # what is wrong is raised; its warnings would stand among the results
    try:
        # Given bytes, onnxruntime looks for other files in the working directory, unless it is told of another.
        with TemporaryDirectory() as empty:
            options.add_session_config_entry(OTHER_FILES, empty)
            return _runtime().InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    except _runtime_errors() as error:
        raise ModelLoadError(
            f"{graph.file.path.name} cannot be run by onnxruntime {_runtime().__version__}: {first_line(error)}; "
            "export it with another opset or without that operator"
        ) from error


def _cut(graph: Any, wanted: tuple[str, ...]) -> None:
    """Leave out the nodes that no wanted tensor depends on; onnxruntime would run them."""
    needed, kept = set(wanted), []
    for node in reversed(graph.node):
        if needed.intersection(node.output):
            kept.append(node)
            needed.update(node.input)
            needed.update(_read_by_branches(node))
    kept.reverse()
    del graph.node[:]
    graph.node.extend(kept)


def _read_by_branches(node: Any) -> set[str]:
    """The tensors that the branches of an If or the body of a Loop read from outside."""
    return {name for each in messages(node) if each.DESCRIPTOR.name == "NodeProto" for name in each.input}
