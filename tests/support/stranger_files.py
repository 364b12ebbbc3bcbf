"""Files as strangers send them, good and bad, of every kind that an upload or a package may hold: made by code."""

import csv
import io
import json
import struct
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from PIL import Image
from safetensors.numpy import save

Content = bytes
IDS = tuple(f"im{number}" for number in range(8))


def bmp_of_empty_rows(width: int, height: int) -> bytes:
    """A BMP packed in runs: in each row one pixel of the second colour, white, and then the row's end."""
    header = struct.pack("<IiiHHIIiiII", 40, width, height, 1, 8, 1, 4 * height, 0, 0, 2, 0)
    palette = bytes(4) + b"\xff\xff\xff\x00"
    at = 14 + len(header) + len(palette)
    runs = b"\x01\x01\x00\x00" * height + b"\x00\x01"
    return b"BM" + struct.pack("<IHHI", at + len(runs), 0, 0, at) + header + palette + runs


def npy(array: Any, *, pickled: bool = False) -> bytes:
    file = io.BytesIO()
    np.save(file, array, allow_pickle=pickled)
    return file.getvalue()


def npy_claiming(shape: str, *, descr: str = "<f8", data: bytes = b"") -> bytes:
    """An array's header, whatever it says, before some bytes."""
    header = f"{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}".encode()
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header) + 1) + header + b"\n" + data


def npz(**arrays: Any) -> bytes:
    file = io.BytesIO()
    np.savez(file, **arrays)
    return file.getvalue()


def zipped(files: Mapping[str, bytes], *, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return file.getvalue()


def safetensors(**tensors: Any) -> bytes:
    return bytes(save(tensors or {"weight": np.ones((3, 3), np.float32), "bias": np.zeros(3, np.float32)}))


def safetensors_claiming(header: object, data: bytes = b"") -> bytes:
    """A safetensors file of any header, before some bytes."""
    written = json.dumps(header).encode()
    return struct.pack("<Q", len(written)) + written + data


def graph(
    nodes: Sequence[Any] = (),
    *,
    stored: Sequence[Any] = (),
    functions: Sequence[Any] = (),
    opsets: Sequence[tuple[str, int]] = (("", 17),),
    metadata: Mapping[str, str] | None = None,
) -> Any:
    """A model whose `images` (n, 3, 8, 8) become `out`; a Relu unless other nodes are given."""
    made = helper.make_graph(
        list(nodes) or [helper.make_node("Relu", ["images"], ["out"])],
        "net",
        [helper.make_tensor_value_info("images", TensorProto.FLOAT, ("n", 3, 8, 8))],
        [helper.make_tensor_value_info("out", TensorProto.FLOAT, ("n", "c", "h", "w"))],
        list(stored),
    )
    imports = [helper.make_opsetid(domain, version) for domain, version in opsets]
    model = helper.make_model(made, opset_imports=imports, ir_version=9, functions=list(functions))
    helper.set_model_props(model, dict(metadata or {}))
    return model


def convolution() -> Any:
    weight = numpy_helper.from_array(np.full((4, 3, 1, 1), 0.1, np.float32), "w")
    nodes = [helper.make_node("Conv", ["images", "w"], ["c"]), helper.make_node("Relu", ["c"], ["out"])]
    return graph(nodes, stored=[weight], metadata={"preprocessing": '{"mean": [0, 0, 0], "crop_mode": "squash"}'})


def branching() -> Any:
    """A model with a constant, and an If whose branches have constants."""
    value = numpy_helper.from_array(np.ones(1, np.float32), "one")

    def branch(name: str) -> Any:
        inside = [helper.make_node("Constant", [], [f"{name}_one"], value=value)]
        inside.append(helper.make_node("Add", ["images", f"{name}_one"], [f"{name}_out"]))
        result = helper.make_tensor_value_info(f"{name}_out", TensorProto.FLOAT, None)
        return helper.make_graph(inside, name, [], [result])

    chosen = helper.make_node("Constant", [], ["chosen"], value=numpy_helper.from_array(np.array(True)))
    made = helper.make_node("If", ["chosen"], ["picked"], then_branch=branch("then"), else_branch=branch("else"))
    return graph([chosen, made, helper.make_node("Add", ["images", "picked"], ["out"])])


def serialised(model: Any) -> bytes:
    return bytes(onnx.ModelProto.SerializeToString(model))


def table(rows: Sequence[Sequence[str]]) -> bytes:
    file = io.StringIO()
    csv.writer(file).writerows(rows)
    return file.getvalue().encode()


def trials() -> bytes:
    heading = ["subj", "imagename", "object_response", "category", "rt", "condition"]
    answers = ["cat", "dog", "na", "cat", "dog", "dog", "cat", "cat"]
    truth = ["cat", "dog", "cat", "dog", "cat", "dog", "cat", "dog"]
    rows = zip(IDS, answers, truth, strict=True)
    return table([heading, *(["net", f"{name}.png", said, true, "0.5", "0"] for name, said, true in rows)])


def image(kind: str = "PNG", *, size: tuple[int, int] = (8, 8), mode: str = "RGB", **options: Any) -> bytes:
    made = Image.effect_noise(size, 60).convert(mode)
    file = io.BytesIO()
    made.save(file, kind, **options)
    return file.getvalue()


def picture(number: int) -> bytes:
    pixels = np.random.default_rng(number).integers(0, 256, (8, 8, 3), np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


def responses_netcdf(**options: Any) -> bytes:
    """Responses with labels, as netCDF 4."""
    file = io.BytesIO()
    with h5py.File(file, "w") as stored:
        values = np.random.default_rng(0).normal(size=(len(IDS), 4)).astype(np.float32)
        made = stored.create_dataset("responses", data=values, **options)
        names = stored.create_dataset("stimulus_id", data=np.array(IDS, "S8"))
        targets = stored.create_dataset("target", data=np.arange(4))
        names.make_scale("stimulus_id")
        targets.make_scale("target")
        made.dims[0].attach_scale(names)
        made.dims[1].attach_scale(targets)
    return file.getvalue()


def responses_classic() -> bytes:
    """The same in the older format, which is not HDF5."""
    from scipy.io import netcdf_file

    file = io.BytesIO()
    stored = netcdf_file(file, "w")
    stored.createDimension("stimulus", len(IDS))
    stored.createDimension("neuroid", 4)
    stored.createVariable("responses", "f4", ("stimulus", "neuroid"))[:] = np.ones((len(IDS), 4), np.float32)
    stored.flush()
    content = file.getvalue()
    stored.close()
    return content


DESCRIPTION = """\
name = "mine"
title = "Mine"
citation = "Me"
licence = "none"
access = "open"
visual_degrees = 8.0

[[regions]]
name = "it"
responses = "responses.npy"
axes = ["stimuli", "targets"]
targets = "targets.csv"

[[regions]]
name = "v4"
rdms = "rdms.npz"

[[regions]]
name = "people"
trials = "trials.csv"

[[benchmarks]]
region = "v4"
metric = "rsa"
parameters = { draws = 50 }

[[benchmarks]]
region = "people"
metric = "error-consistency"
"""


def package_files() -> dict[str, bytes]:
    """The files of a package in order, small: its description, tables, images and measurements."""
    rng = np.random.default_rng(0)
    heading = ["stimulus_id", "file", "category"]
    rows = [[name, f"images/{name}.png", ("cat", "dog")[number % 2]] for number, name in enumerate(IDS)]
    people = [["subj", "imagename", "object_response", "category"]]
    people += [[who, name, "cat", ("cat", "dog")[number % 2]] for who in "ab" for number, name in enumerate(IDS)]
    return {
        "dataset.toml": DESCRIPTION.encode(),
        "stimuli.csv": table([heading, *rows]),
        "responses.npy": npy(rng.normal(size=(len(IDS), 4))),
        "targets.csv": table([["target_id"], *([f"t{number}"] for number in range(4))]),
        "rdms.npz": npz(rdms=rng.random((3, len(IDS) * (len(IDS) - 1) // 2))),
        "trials.csv": table(people),
        **{f"images/{name}.png": picture(number) for number, name in enumerate(IDS)},
    }


def written(files: Mapping[str, bytes], folder: Path) -> Path:
    """A folder with these files."""
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder
