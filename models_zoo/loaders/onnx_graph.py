"""An ONNX graph as data: whether it can be run here, what it takes in, and which of its tensors can be layers."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from brainrank.benchmark.types.errors import ModelLoadError, first_line
from brainrank.benchmark.types.model_spec import COLOUR, GREY, Preprocessing
from brainrank.models_zoo.loaders.local import LocalFile, content_of
from brainrank.models_zoo.loaders.onnx_content import check_content, check_sizes, messages, onnx, type_name
from brainrank.models_zoo.loaders.written_preprocessing import LARGEST_SIDE, written_preprocessing

SIDE_WHERE_DYNAMIC = 224
LARGEST_BATCH = 1024
# What a network's blocks end in, in the order of preference: a sum with a shortcut, an activation, a linear map.
ACTIVATIONS = {"Relu", "LeakyRelu", "PRelu", "Elu", "Gelu", "HardSwish", "Clip", "Sigmoid", "Tanh", "Softplus"}
LINEAR = {"Conv", "Gemm", "MatMul"}
MANY_SHORTCUTS = 3


class GraphInput(NamedTuple):
    """The tensor of images: None for a dynamic batch; 3 channels or 1, which come last in TensorFlow's exports."""

    name: str
    batch: int | None
    size: tuple[int, int]
    channels: int
    channels_last: bool
    half: bool


class Graph(NamedTuple):
    """What of a graph matters here. `tensors` depend on the image and have a row per image; `blocks` are of them.

    `settled` are those of which it is written that images lie along their first axis; `stored` are the shapes of the
    weights, by the last part of their names.
    """

    file: LocalFile
    input: GraphInput
    tensors: tuple[str, ...]
    blocks: tuple[str, ...]
    preprocessing: Preprocessing
    settled: frozenset[str]
    stored: Mapping[str, tuple[int, ...]]


def read_graph(file: LocalFile) -> Graph:
    """Read and check a graph without running it.

    Raises ModelLoadError for a file that is no whole ONNX model, keeps weights in other files, takes several inputs or
    one that is not a batch of RGB images, or uses operators that are not ONNX's; DataUnavailableError for one that has
    changed.
    """
    return _graph_of(file, _checked_model(file))


def check_upload(file: LocalFile) -> None:
    """Raise as `read_graph`, and for a graph in which a tensor is larger than a server makes room for."""
    model = _checked_model(file)
    check_sizes(file.path, model)
    _graph_of(file, model)


def _graph_of(file: LocalFile, model: Any) -> Graph:
    path = file.path
    images = _input(path, model.graph)
    tensors = _tensors(model.graph, images)
    if not tensors:
        raise ModelLoadError(f"{path.name} has no tensor of numbers with a row per image")
    stored = {each.name.rpartition(".")[2]: tuple(each.dims) for each in model.graph.initializer}
    blocks = _blocks(model.graph.node, tensors)
    preprocessing, settled = _preprocessing(path, model, images), _batched_tensors(model.graph, images)
    return Graph(file, images, tensors, blocks, preprocessing, settled, stored)


def read_model(file: LocalFile) -> Any:
    """Read all of a model from the one file, whose content is checked. Raises as `read_graph`."""
    path, content = file.path, content_of(file)
    try:
        model = onnx().load_model_from_string(content)
    except onnx("google.protobuf.message").DecodeError as error:
        raise ModelLoadError(f"{path.name} is damaged or no ONNX file ({error}); export it again") from error
    if not model.graph.node:
        raise ModelLoadError(f"{path.name} holds no graph; it is cut short or no ONNX file. Export it again")
    return model


def _checked_model(file: LocalFile) -> Any:
    """The model, its content checked and the types of its tensors inferred."""
    model = read_model(file)
    check_content(file.path, model)
    _refuse_training_mode(file.path, model)
    return _with_types(file.path, model)


def _refuse_training_mode(path: Path, model: Any) -> None:
    """In training mode, batch norm takes the statistics of the batch and dropout leaves out other units each time."""
    held = list(messages(model))
    nodes = [each for each in held if each.DESCRIPTOR.name == "NodeProto"]
    values = {each.name: each for each in held if each.DESCRIPTOR.name == "TensorProto"}
    values |= {
        name: attribute.t
        for node in nodes
        if node.op_type == "Constant"
        for attribute in node.attribute
        if attribute.name == "value"
        for name in node.output
    }
    training = [node for node in nodes if _in_training_mode(node, values)]
    if training:
        kinds = ", ".join(sorted({node.op_type for node in training}))
        raise ModelLoadError(
            f"{path.name} was exported in training mode ({len(training)} nodes of {kinds}): its responses depend on "
            "the images beside one, or on chance. Export it again after network.eval(), with "
            "training=torch.onnx.TrainingMode.EVAL"
        )


def _in_training_mode(node: Any, values: Mapping[str, Any]) -> bool:
    if node.op_type == "BatchNormalization":
        return any(each.name == "training_mode" and each.i == 1 for each in node.attribute)
    mode = values.get(node.input[2]) if node.op_type == "Dropout" and len(node.input) > 2 else None
    if mode is None or mode.data_type != onnx().TensorProto.BOOL:
        return False
    return bool(onnx("onnx.numpy_helper").to_array(mode).any())


def _with_types(path: Path, model: Any) -> Any:
    checker, inference = onnx("onnx.checker"), onnx("onnx.shape_inference")
    try:
        checker.check_model(model)
        return inference.infer_shapes(model, data_prop=True)
    except (checker.ValidationError, inference.InferenceError, ValueError) as error:  # of words that are no UTF-8, too
        raise ModelLoadError(f"{path.name} is no valid ONNX model ({first_line(error)}); export it again") from error


def _input(path: Path, graph: Any) -> GraphInput:
    stored = {each.name for each in graph.initializer}
    inputs = [each for each in graph.input if each.name not in stored]
    if len(inputs) != 1:
        names = ", ".join(each.name for each in inputs) or "none"
        raise ModelLoadError(f"{path.name} has {len(inputs)} inputs ({names}); it must take one, a batch of images")
    (only,) = inputs
    kind, shape = only.type.tensor_type.elem_type, _shape(only)
    types = onnx().TensorProto
    if kind not in {types.FLOAT, types.FLOAT16}:
        raise ModelLoadError(f"Input '{only.name}' of {path.name} is {type_name(kind)}; it must be FLOAT or FLOAT16")
    channels = next((each for each in (COLOUR, GREY) if len(shape) == 4 and each in (shape[1], shape[3])), None)
    if channels is None:
        raise ModelLoadError(
            f"Input '{only.name}' of {path.name} has the shape {shape}; it must be (batch, 3, height, width) or "
            "(batch, height, width, 3), or so with 1 channel for grey images"
        )
    channels_last = shape[1] != channels
    height, width = shape[1:3] if channels_last else shape[2:]
    size = (height or SIDE_WHERE_DYNAMIC, width or SIDE_WHERE_DYNAMIC)
    if not all(0 < side <= LARGEST_SIDE for side in size) or not 0 <= (shape[0] or 0) <= LARGEST_BATCH:
        raise ModelLoadError(
            f"Input '{only.name}' of {path.name} has the shape {shape}; its sides must be 1 to {LARGEST_SIDE} pixels, "
            f"and its batch at most {LARGEST_BATCH}"
        )
    return GraphInput(only.name, shape[0], size, channels, channels_last, kind == types.FLOAT16)


def _shape(value: Any) -> tuple[int | None, ...]:
    """A tensor's shape, None for each dimension that is not fixed."""
    return tuple(dim.dim_value or None for dim in value.type.tensor_type.shape.dim)


def _tensors(graph: Any, images: GraphInput) -> tuple[str, ...]:
    """The tensors that are made from the images, are numbers and, as far as is known, have a row per image."""
    types = onnx().TensorProto
    known = {each.name: each for each in (*graph.value_info, *graph.output)}
    reached, found = {images.name}, []
    for node in graph.node:
        if not reached.intersection(node.input):
            continue
        reached.update(node.output)
        for name in filter(None, node.output):
            value = known.get(name)
            kind = types.UNDEFINED if value is None else value.type.tensor_type.elem_type
            if kind in {types.FLOAT, types.FLOAT16} and _has_rows(value, images.batch):
                found.append(name)
    return tuple(found)


def _has_rows(value: Any, batch: int | None) -> bool:
    if not value.type.tensor_type.HasField("shape"):
        return True
    shape = _shape(value)
    return len(shape) >= 2 and (shape[0] is None or shape[0] == batch)


def _batched_tensors(graph: Any, images: GraphInput) -> frozenset[str]:
    """The tensors whose first dimension has the name of the input's."""
    (batch,) = (each.type.tensor_type.shape.dim[0].dim_param for each in graph.input if each.name == images.name)
    known = {each.name: each.type.tensor_type.shape.dim for each in (*graph.value_info, *graph.output)}
    return frozenset(name for name, shape in known.items() if batch and len(shape) and shape[0].dim_param == batch)


def _blocks(nodes: Sequence[Any], tensors: tuple[str, ...]) -> tuple[str, ...]:
    """Outputs of blocks: sums with a shortcut, after the activation behind them; else activations; else linear maps."""
    usable = set(tensors)
    consumers: dict[str, list[Any]] = {}
    for node in nodes:
        for name in node.input:
            consumers.setdefault(name, []).append(node)
    sums = [node for node in nodes if node.op_type == "Add" and usable.issuperset(node.input)]
    if len(sums) >= MANY_SHORTCUTS:
        behind = [consumers.get(node.output[0], []) for node in sums]
        ends = [
            after[0].output[0] if len(after) == 1 and after[0].op_type in ACTIVATIONS else node.output[0]
            for node, after in zip(sums, behind, strict=True)
        ]
        return tuple(name for name in ends if name in usable)
    for kinds in (ACTIVATIONS, LINEAR):
        found = tuple(node.output[0] for node in nodes if node.op_type in kinds and node.output[0] in usable)
        if found:
            return found
    return tensors


def _preprocessing(path: Path, model: Any, images: GraphInput) -> Preprocessing:
    """ImageNet's usual one at the graph's size, or what the file's metadata entry `preprocessing` says, as JSON."""
    written = next((each.value for each in model.metadata_props if each.key == "preprocessing"), "{}")
    try:
        return written_preprocessing(images.size, json.loads(written)).of_channels(images.channels)
    except (ValueError, RecursionError) as error:
        raise ModelLoadError(
            f"The metadata entry 'preprocessing' of {path.name} is not understood: {first_line(error)}"
        ) from error
