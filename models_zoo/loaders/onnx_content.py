"""All that an ONNX model holds, however deep: nothing in other files, no foreign operator, no claim beyond the file.

Graphs lie in attributes of nodes, in lists of graphs, in functions and in training information; tensors in all of
these, in nodes' attributes and inside sparse tensors. So the messages of the model are walked as the format itself
declares them, whatever their kind: what a later version of ONNX adds is walked, too.
"""

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from brainrank.benchmark.types.errors import ModelLoadError
from brainrank.models_zoo.loaders.optional_packages import package

STANDARD_DOMAINS = {"", "ai.onnx", "ai.onnx.ml", "com.microsoft"}
READING_FILES = {"EPContext", "PythonOp", "PythonOpGrad", "TorchScript"}
"""Operators of a standard domain that name a file or code of the machine in an attribute."""
MOST_TENSOR_BYTES = 2 * 2**30
LONGEST_NAME = 1_000
BITS_OF = {
    "FLOAT": 32, "DOUBLE": 64, "FLOAT16": 16, "BFLOAT16": 16, "BOOL": 8, "STRING": 8, "COMPLEX64": 64,
    "COMPLEX128": 128, "INT8": 8, "INT16": 16, "INT32": 32, "INT64": 64, "UINT8": 8, "UINT16": 16, "UINT32": 32,
    "UINT64": 64, "FLOAT8E4M3FN": 8, "FLOAT8E4M3FNUZ": 8, "FLOAT8E5M2": 8, "FLOAT8E5M2FNUZ": 8, "FLOAT8E8M0": 8,
    "UINT4": 4, "INT4": 4, "FLOAT4E2M1": 4, "UINT2": 2, "INT2": 2,
}  # fmt: skip
TYPED = ("float_data", "int32_data", "int64_data", "double_data", "uint64_data", "string_data")


def check_content(path: Path, model: Any) -> None:
    """Raise ModelLoadError unless the model is whole by itself.

    Refused at any depth: tensors kept in other files (which a server would read for whoever names them), operators that
    are not ONNX's own, tensors whose shape is not that of their numbers, and names that cannot be shown.
    """
    outside: list[str] = []
    foreign: set[str] = set()
    for message in messages(model):
        kind = message.DESCRIPTOR.name
        if kind == "TensorProto":
            _check_name(path, message.name)
            if message.data_location == onnx().TensorProto.EXTERNAL or message.external_data:
                outside.append(message.name or "one without a name")
            else:
                _check_tensor(path, message)
        elif kind == "NodeProto":
            if message.domain not in STANDARD_DOMAINS or message.op_type in READING_FILES:
                foreign.add(f"{message.domain}::{message.op_type}")
            for name in (*message.input, *message.output):
                _check_name(path, name)
        elif kind == "ValueInfoProto":
            _check_name(path, message.name)
        elif kind == "SparseTensorProto":
            _check_size(path, "a sparse tensor", message.dims, 64)
    _refuse_external_data(path, outside)
    _refuse_foreign_operators(path, foreign)


def check_sizes(path: Path, model: Any) -> None:
    """Raise ModelLoadError for a tensor, of a model whose shapes are inferred, that is larger than any layer's.

    A dimension that is not known counts as 1: what only shows when the graph runs is for the limits it runs under.
    """
    for value in messages(model):
        if value.DESCRIPTOR.name == "ValueInfoProto":
            for held in messages(value.type):
                if held.DESCRIPTOR.full_name.endswith("TypeProto.Tensor"):
                    bits = BITS_OF.get(type_name(held.elem_type), 8)
                    dims = [dim.dim_value or 1 for dim in held.shape.dim]
                    _check_size(path, f"tensor '{value.name[:80]}'", dims, bits)


def messages(message: Any) -> Iterator[Any]:
    """A protobuf message and all those inside it, at any depth, under any field; of tensors not the fields.

    (Asked for, the fields of a tensor are copied, and hold nothing but numbers and names.)
    """
    ahead = [message]
    while ahead:
        each = ahead.pop()
        yield each
        if each.DESCRIPTOR.name == "TensorProto":
            continue
        for field, value in each.ListFields():
            if field.message_type is not None:
                ahead.extend([value] if hasattr(value, "DESCRIPTOR") else value)


def onnx(module: str = "onnx") -> Any:
    """The package, or a module of it."""
    return package(module, source="onnx", install="onnx onnxruntime")


def type_name(number: int) -> str:
    """The name of a type of numbers; its number where it is none."""
    types = onnx().TensorProto.DataType
    return str(types.Name(number)) if number in types.values() else str(number)


def _check_tensor(path: Path, tensor: Any) -> None:
    kind = type_name(tensor.data_type)
    if kind not in BITS_OF:
        raise ModelLoadError(
            f"{path.name} holds a tensor '{tensor.name[:80]}' of the type {kind}, which is no type of numbers; export "
            "it again"
        )
    _check_size(path, f"tensor '{tensor.name[:80]}'", tensor.dims, BITS_OF[kind])
    count, bits = math.prod(tensor.dims), BITS_OF[kind]
    if tensor.HasField("raw_data") and kind != "STRING":
        claimed, held, unit = -(-count * bits // 8), len(tensor.raw_data), "bytes"
    else:
        each = 2 if kind.startswith("COMPLEX") else 1
        claimed = -(-count * bits // 8) if bits < 8 else count * each
        held, unit = sum(len(getattr(tensor, field)) for field in TYPED), "numbers"
    if claimed != held:
        raise ModelLoadError(
            f"Tensor '{tensor.name[:80]}' of {path.name} claims {claimed:,} {unit} (shape {list(tensor.dims)[:8]} of "
            f"{kind}) and holds {held:,}; the file is damaged or made up. Export it again"
        )


def _check_size(path: Path, told: str, dims: Any, bits: int) -> None:
    if any(size < 0 for size in dims):
        raise ModelLoadError(f"{path.name} has {told} of the shape {list(dims)[:8]}, whose sizes are below 0; mend it")
    if math.prod(dims) * bits > MOST_TENSOR_BYTES * 8:
        raise ModelLoadError(
            f"{path.name} makes {told} of the shape {list(dims)[:8]}, {math.prod(dims) * bits // 8:,} bytes; at most "
            f"{MOST_TENSOR_BYTES:,} are made room for. Give smaller images, a smaller batch, or fewer features"
        )


def _check_name(path: Path, name: str | bytes) -> None:
    """Words that are no UTF-8 come as bytes."""
    if isinstance(name, bytes) or not name.isprintable() or len(name) > LONGEST_NAME:
        raise ModelLoadError(
            f"{path.name} has a tensor named {name[:40]!r}; a name has at most {LONGEST_NAME} characters, which print"
        )


def _refuse_external_data(path: Path, outside: list[str]) -> None:
    if outside:
        raise ModelLoadError(
            f"{path.name} keeps {len(outside)} tensors ({', '.join(outside[:3])}) in other files, which a digest of it "
            "would not cover; save it as one file: onnx.save_model(onnx.load(path), path, save_as_external_data=False)"
        )


def _refuse_foreign_operators(path: Path, foreign: set[str]) -> None:
    if foreign:
        raise ModelLoadError(
            f"{path.name} uses operators that are not ONNX's own: {', '.join(sorted(foreign)[:5])}; they need code "
            "that is not here. Export it with standard operators"
        )
