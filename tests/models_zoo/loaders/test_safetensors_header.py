"""The header of a safetensors file: flat, and no more than the file holds, whatever is nested in it."""

import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import stranger_files as files
from hypothesis import given, settings
from hypothesis import strategies as st

from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.models_zoo.loaders.safetensors_header import check_safetensors

LEAF = st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=5), st.floats(allow_nan=False))
NESTED = st.recursive(
    LEAF, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
)
GOOD = {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}


def written(content: bytes, folder: Path) -> Path:
    (folder / "x.safetensors").write_bytes(content)
    return folder / "x.safetensors"


def is_plain(header: dict[str, Any]) -> bool:
    """By the letter of the format: the one tensor as it is, and a map of words to words beside it."""
    metadata = header.get("__metadata__")
    words = metadata is None or (
        isinstance(metadata, dict) and all(isinstance(each, str) for each in metadata.values())
    )
    return words and set(header) <= {"w", "__metadata__"}


@settings(deadline=None, max_examples=150)
@given(name=st.sampled_from(["__metadata__", "w2", "shape"]), value=NESTED)
def test_what_is_nested_in_a_header_is_refused_unless_it_is_a_map_of_words(
    name: str, value: Any, tmp_path_factory: pytest.TempPathFactory
) -> None:
    header = {"w": GOOD, name: value}
    path = written(files.safetensors_claiming(header, bytes(8)), tmp_path_factory.mktemp("header"))
    if is_plain(header):
        check_safetensors(path)
    else:
        with pytest.raises(InvalidDataError, match="damaged or no safetensors file"):
            check_safetensors(path)


@settings(deadline=None, max_examples=100)
@given(key=st.sampled_from(sorted(GOOD)), value=NESTED)
def test_a_tensor_is_told_as_it_is_or_refused(key: str, value: Any, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = written(files.safetensors_claiming({"w": GOOD | {key: value}}, bytes(8)), tmp_path_factory.mktemp("header"))
    if value == GOOD[key] and not isinstance(value, bool):
        check_safetensors(path)
    else:
        with pytest.raises(InvalidDataError, match="damaged or no safetensors file"):
            check_safetensors(path)


CLAIMS = {
    "a header longer than the file": struct.pack("<Q", 2**62) + bytes(50),
    "a header of 17 MB": struct.pack("<Q", 17 * 2**20) + b" " * (17 * 2**20),
    "a gap between tensors": files.safetensors_claiming({"w": GOOD, "v": GOOD | {"data_offsets": [12, 20]}}, bytes(20)),
    "two tensors of one place": files.safetensors_claiming({"w": GOOD, "v": GOOD}, bytes(8)),
    "a shape beyond 64 bits": files.safetensors_claiming({"w": GOOD | {"shape": [2**62, 2**62]}}, bytes(8)),
    "a shape below 0": files.safetensors_claiming({"w": GOOD | {"shape": [-2]}}, bytes(8)),
    "nested 30,000 deep": struct.pack("<Q", 60_000) + b"[" * 30_000 + b"]" * 30_000,
    "nothing": b"",
    "less than the length of a header": b"\1\0\0",
}


@pytest.mark.parametrize("kind", CLAIMS)
def test_what_a_header_claims_is_compared_with_the_file(kind: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidDataError, match="damaged or no safetensors file"):
        check_safetensors(written(CLAIMS[kind], tmp_path))


def test_whole_files_pass_and_empty_ones_do_not(tmp_path: Path) -> None:
    check_safetensors(written(files.safetensors(), tmp_path))
    check_safetensors(written(files.safetensors(a=np.zeros((0, 3), np.float32), b=np.ones(2, np.float16)), tmp_path))
    with pytest.raises(InvalidDataError, match="holds no tensor"):
        check_safetensors(written(files.safetensors_claiming({}), tmp_path))
