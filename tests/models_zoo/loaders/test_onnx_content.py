"""Whatever an ONNX model may not hold is found wherever it lies: at any depth, in every place that holds it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import stranger_files as files
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import AttributeProto, GraphProto, NodeProto, SparseTensorProto, TensorProto, helper, numpy_helper

from brainrank.benchmark.files.downloads import sha256_of
from brainrank.benchmark.types.errors import ModelLoadError
from brainrank.models_zoo.loaders.local import LocalFile
from brainrank.models_zoo.loaders.onnx_content import BITS_OF, check_content
from brainrank.models_zoo.loaders.onnx_graph import check_upload
from brainrank.models_zoo.loaders.written_preprocessing import written_preprocessing

NAME = Path("net.onnx")


def tensor(**fields: Any) -> TensorProto:
    made = numpy_helper.from_array(np.ones((2, 2), np.float32), "t")
    for name, value in fields.items():
        setattr(made, name, value)
    return made


def outside(*, marked: bool = True) -> TensorProto:
    """A tensor that names a file; one that is not marked as external names it all the same."""
    made = tensor()
    if marked:
        made.data_location = TensorProto.EXTERNAL
    entry = made.external_data.add()
    entry.key, entry.value = "location", "../token"
    return made


def node(op_type: str = "Relu", domain: str = "") -> NodeProto:
    return helper.make_node(op_type, ["images"], ["out"], domain=domain)


FORBIDDEN: dict[str, tuple[Any, str]] = {
    "external data": (outside(), "keeps 1 tensors .* in other files"),
    "external data that is not said to be": (outside(marked=False), "in other files"),
    "marked as external and no more": (tensor(data_location=TensorProto.EXTERNAL), "in other files"),
    "foreign operator": (node("Read", "mine"), "not ONNX's own: mine::Read"),
    "operator that reads files": (node("EPContext", "com.microsoft"), "com.microsoft::EPContext"),
    "more numbers claimed": (
        TensorProto(name="t", data_type=TensorProto.FLOAT, dims=[2**20], float_data=[1.0, 2.0]),
        "claims 1,048,576 numbers .* holds 2",
    ),
}


def attribute(**fields: Any) -> AttributeProto:
    made = AttributeProto(name="held")
    for name, value in fields.items():
        field = getattr(made, name)
        field.extend(value) if isinstance(value, list) else field.CopyFrom(value)
    return made


def node_with(held: AttributeProto) -> NodeProto:
    made = node("If")
    made.attribute.append(held)
    return made


def graph_of(thing: Any) -> GraphProto:
    """A graph that holds a tensor, a sparse one or a node."""
    if isinstance(thing, TensorProto):
        return GraphProto(name="g", initializer=[thing])
    if isinstance(thing, SparseTensorProto):
        return GraphProto(name="g", sparse_initializer=[thing])
    return GraphProto(name="g", node=[thing])


Wrap = Callable[[Any], Any]
# Each puts a tensor or a node into something that again is one; a sparse tensor only into a node.
IN_TENSORS: dict[str, Wrap] = {
    "value of a constant": lambda thing: node_with(attribute(t=thing)),
    "one of several tensors": lambda thing: node_with(attribute(tensors=[tensor(), thing])),
    "values of a sparse tensor": lambda thing: node_with(attribute(sparse_tensor=SparseTensorProto(values=thing))),
    "indices of a sparse tensor": lambda thing: node_with(attribute(sparse_tensors=[SparseTensorProto(indices=thing)])),
}
IN_GRAPHS: dict[str, Wrap] = {
    "branch": lambda thing: node_with(attribute(g=graph_of(thing))),
    "one of several graphs": lambda thing: node_with(attribute(graphs=[GraphProto(), graph_of(thing)])),
    "sparse initializer of a branch": lambda thing: node_with(
        attribute(
            g=GraphProto(sparse_initializer=[SparseTensorProto(values=thing)])
            if isinstance(thing, TensorProto)
            else graph_of(thing)
        )
    ),
}
IN_MODELS = ("graph", "function", "training", "training algorithm")


def model_with(thing: Any, place: str) -> Any:
    made = files.graph()
    if place == "graph":
        made.graph.MergeFrom(graph_of(thing))
    elif place == "function":
        function = made.functions.add(name="f", domain="mine")
        function.node.append(thing if isinstance(thing, NodeProto) else IN_TENSORS["value of a constant"](thing))
    elif place == "training":
        made.training_info.add().initialization.MergeFrom(graph_of(thing))
    else:
        made.training_info.add().algorithm.MergeFrom(graph_of(thing))
    return made


@st.composite
def nestings(draw: st.DrawFn) -> tuple[list[str], str]:
    """A place of the model, and through what a thing in it is reached, the innermost first."""
    depth = draw(st.integers(0, 8))
    steps = [draw(st.sampled_from([*IN_TENSORS, *IN_GRAPHS]))] if depth else []
    steps += [draw(st.sampled_from(list(IN_GRAPHS))) for _ in range(depth - 1)]
    return steps, draw(st.sampled_from(IN_MODELS))


def nested(thing: Any, steps: list[str], place: str) -> Any:
    for step in steps:
        wrap = IN_GRAPHS.get(step) or (IN_TENSORS[step] if isinstance(thing, TensorProto) else IN_GRAPHS["branch"])
        thing = wrap(thing)
    return model_with(thing, place)


@settings(deadline=None, max_examples=200)
@given(nesting=nestings(), kind=st.sampled_from(sorted(FORBIDDEN)))
def test_what_is_forbidden_is_found_at_any_depth(nesting: tuple[list[str], str], kind: str) -> None:
    thing, message = FORBIDDEN[kind]
    with pytest.raises(ModelLoadError, match=message):
        check_content(NAME, nested(thing, *nesting))


@settings(deadline=None, max_examples=100)
@given(nesting=nestings(), thing=st.sampled_from([tensor(), node(), node("Gelu", "com.microsoft")]))
def test_what_is_allowed_is_taken_at_any_depth(nesting: tuple[list[str], str], thing: Any) -> None:
    check_content(NAME, nested(thing, *nesting))


@pytest.mark.parametrize("kind", sorted(set(BITS_OF) - {"STRING"}))
@pytest.mark.parametrize("count", [1, 3, 8])
@pytest.mark.parametrize("raw", [True, False])
def test_numbers_of_every_type_are_counted_as_onnx_writes_them(kind: str, count: int, raw: bool) -> None:
    """ONNX's own maker of tensors says how many bytes or numbers each type takes; one more or less is refused."""
    number = TensorProto.DataType.Value(kind)
    values = np.ones(count, helper.tensor_dtype_to_np_dtype(number))
    made = numpy_helper.from_array(values, "t") if raw else helper.make_tensor("t", number, [count], values.tolist())
    assert made.data_type == number
    check_content(NAME, model_with(made, "graph"))
    made.dims[0] += 8
    with pytest.raises(ModelLoadError, match="claims"):
        check_content(NAME, model_with(made, "graph"))


def saved(model: Any, folder: Path) -> LocalFile:
    (folder / "net.onnx").write_bytes(files.serialised(model))
    return LocalFile(folder / "net.onnx", sha256_of(folder / "net.onnx"))


def number(name: str, *values: int) -> TensorProto:
    return numpy_helper.from_array(np.array(values, np.int64), name)


SIZE = number("size", 10**5, 10**5)
HUGE: dict[str, tuple[list[NodeProto], list[TensorProto]]] = {
    "constant of a shape": ([helper.make_node("ConstantOfShape", ["size"], ["huge"])], [SIZE]),
    "expanded": (
        [helper.make_node("Expand", ["one", "size"], ["huge"])],
        [SIZE, numpy_helper.from_array(np.ones(1, np.float32), "one")],
    ),
    "tiled": (
        [helper.make_node("Tile", ["one", "size"], ["huge"])],
        [SIZE, numpy_helper.from_array(np.ones((1, 1), np.float32), "one")],
    ),
    "counted": (
        [helper.make_node("Range", ["from", "to", "by"], ["huge"])],
        [numpy_helper.from_array(np.array(each, np.int64), name) for name, each in
         (("from", 0), ("to", 10**10), ("by", 1))],
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", HUGE)
def test_a_tensor_that_is_seen_to_be_huge_is_refused_at_upload(kind: str, tmp_path: Path) -> None:
    nodes, stored = HUGE[kind]
    model = files.graph([*nodes, helper.make_node("Relu", ["images"], ["out"])], stored=stored)
    with pytest.raises(ModelLoadError, match=r"tensor 'huge' of the shape \[(10000000000|100000, 100000)\]"):
        check_upload(saved(model, tmp_path))


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ('{"size": [20000, 20000]}', "each side is 1 to 2048"),
        ('{"size": 1e400}', "size"),
        ('{"size": [NaN, 3]}', "size"),
        ('{"mean": [1e999, 0, 0]}', "between -1,000,000"),
        ('{"std": [NaN, 1, 1]}', "between -1,000,000"),
        ('{"mean": [' + "9" * 400 + ", 0, 0]}", "mean"),
        ('{"mean": ' + "[" * 50_000 + "]" * 50_000 + "}", "not understood"),
        ('{"crop_fraction": ' + "9" * 5_000 + "}", "not understood"),
    ],
)
def test_preprocessing_in_the_file_is_bounded_as_a_submissions(written: str, message: str, tmp_path: Path) -> None:
    model = files.graph(metadata={"preprocessing": written})
    with pytest.raises(ModelLoadError, match=message):
        check_upload(saved(model, tmp_path))


@pytest.mark.parametrize("shape", [(1, 3, 4096, 8), (1, 3, 8, 10**9), (-1, 3, 8, 8), (10**6, 3, 8, 8)])
def test_sides_of_the_input_are_bounded(shape: tuple[int, ...], tmp_path: Path) -> None:
    model = files.graph()
    model.graph.input[0].CopyFrom(helper.make_tensor_value_info("images", TensorProto.FLOAT, shape))
    with pytest.raises(ModelLoadError, match=r"sides must be 1 to 2048|at most 2,147,483,648|below 0|no valid ONNX"):
        check_upload(saved(model, tmp_path))


def test_names_that_cannot_be_shown_are_refused(tmp_path: Path) -> None:
    model = files.graph([helper.make_node("Relu", ["images"], ["out\0"])])
    with pytest.raises(ModelLoadError, match="which print"):
        check_upload(saved(model, tmp_path))


def test_training_mode_in_a_branch_is_found(tmp_path: Path) -> None:
    norm = helper.make_node("BatchNormalization", ["images", *"abcd"], ["x", "m", "v"], training_mode=1)
    inner = GraphProto(name="branch", node=[norm])
    model = files.graph([node(), node_with(attribute(g=inner))])
    with pytest.raises(ModelLoadError, match="exported in training mode"):
        check_upload(saved(model, tmp_path))


def test_good_graphs_pass(tmp_path: Path) -> None:
    for made in (files.graph(), files.convolution(), files.branching()):
        check_upload(saved(made, tmp_path))


NESTED = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4) | st.floats(),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["size", "mean", "x"]), inner, max_size=3)
    ),
)


@settings(deadline=None, max_examples=150)
@given(
    field=st.sampled_from(["size", "mean", "std", "crop_fraction", "crop_mode", "interpolation", "channel_order"]),
    value=NESTED,
)
def test_whatever_is_nested_in_preprocessing_is_read_or_refused(field: str, value: Any) -> None:
    try:
        found = written_preprocessing((8, 8), {field: value})
    except ValueError as error:
        assert field in str(error)  # noqa: PT017
        return
    assert all(1 <= side <= 2048 for side in found.size)
    assert all(abs(each) <= 1e6 for each in (*found.mean, *found.std))
    assert 0 < found.crop_fraction <= 1
    assert isinstance(found.crop_mode, str)
