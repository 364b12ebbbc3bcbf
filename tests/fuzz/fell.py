"""Inputs that readers once fell over, each made anew by what was wrong with it."""

from collections.abc import Callable

import numpy as np
import stranger_files as files
from onnx import TensorProto, helper


def _not_utf8() -> bytes:
    """A graph whose operator has a name of bytes that are no UTF-8: onnx raises UnicodeDecodeError in telling of it."""
    return files.serialised(files.graph()).replace(b"Relu", b"Re\xe5u")


def _tensor_not_utf8() -> bytes:
    return files.serialised(files.graph()).replace(b"images", b"imag\xe5s")


def _unknown_type() -> bytes:
    """An input of the type 47, which is none."""
    model = files.graph()
    model.graph.input[0].type.tensor_type.elem_type = 47
    return files.serialised(model)


def _png_with_a_long_piece() -> bytes:
    """A PNG whose data say that they are 2 GB long: read from a file, Pillow makes room for them."""
    content = files.image("PNG")
    at = content.index(b"IDAT")
    return content[: at - 4] + (0x7FFFFFF0).to_bytes(4, "big") + content[at:]


def _avif_cut() -> bytes:
    content = files.image("AVIF")
    return content[: len(content) // 2] + bytes(len(content) // 2)


def _bmp_of_empty_rows() -> bytes:
    """A BMP of 34 million pixels in runs, whose rows end at once: Pillow fills them pixel by pixel."""
    return files.bmp_of_empty_rows(2**22, 8)


def _heap_without_end() -> bytes:
    content = files.responses_netcdf()
    at = content.index(b"GCOL") + 16
    return content[:at] + bytes(16) + content[at + 16 :]


def _classic_of_records() -> bytes:
    """2 ** 31 records in a file of 240 bytes: SciPy reads them all at once."""
    content = files.responses_classic()
    return content[:4] + b"\x7f\xff\xff\xf0" + content[8:]


def _constant_without_output() -> bytes:
    node = helper.make_node("Constant", [], [], value=helper.make_tensor("t", TensorProto.BOOL, [1], [True]))
    return files.serialised(files.graph([node, helper.make_node("Relu", ["images"], ["out"])]))


def _outside_not_utf8() -> bytes:
    """A tensor in another file, of a name that is no UTF-8: the refusal could not be worded."""
    weights = helper.make_tensor("weightz", TensorProto.FLOAT, [1], [1.0])
    weights.data_location = TensorProto.EXTERNAL
    return files.serialised(files.graph(stored=[weights])).replace(b"weightz", b"weight\xe5")


FELL: dict[str, tuple[str, Callable[[], bytes]]] = {
    "operator that is no UTF-8": ("onnx", _not_utf8),
    "tensor that is no UTF-8": ("onnx", _tensor_not_utf8),
    "tensor elsewhere that is no UTF-8": ("onnx", _outside_not_utf8),
    "type that is none": ("onnx", _unknown_type),
    "constant without output": ("onnx", _constant_without_output),
    "piece of a PNG": ("image", _png_with_a_long_piece),
    "half an AVIF": ("image", _avif_cut),
    "BMP of empty rows": ("image", _bmp_of_empty_rows),
    "heap without end": ("netcdf", _heap_without_end),
    "records without end": ("netcdf", _classic_of_records),
    "array that claims": ("npz-member", lambda: files.npy_claiming("(1000000000000,)", data=bytes(64))),
    "array of nothing": ("npy", lambda: files.npy(np.ones((0, 3)))),
    "heading without end": ("pickle", lambda: files.npy_claiming("(", descr="|O")),
}
