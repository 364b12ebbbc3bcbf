"""Packages of strangers: names and values that are plain, whatever the nesting, and nothing that runs or bursts."""

import hashlib
import re
from pathlib import Path
from typing import Any

import pytest
import stranger_files as files
from hypothesis import given
from hypothesis import strategies as st

from brainrank.api.services.submissions.packages import find_faults
from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.benchmark.types.reporter import Silent
from brainrank.datasets.package.archive import unpack
from brainrank.datasets.package.description import read_description
from brainrank.datasets.package.file_names import clashes, inside_path
from brainrank.datasets.package.package import SUMS, sums_text
from brainrank.datasets.package.plain_values import odd_values

ODD_NAMES = [
    "/etc/passwd", "../x", "a/../b", "a//b", "./a", "a/", "C:x", "a\\b", "a\0b", "a\nb", "a\x1b[2J", "", ".", "..",
    "x" * 256, "a/" * 600 + "x", "\udc80",
]  # fmt: skip


@pytest.mark.parametrize("name", ODD_NAMES)
def test_odd_paths_are_refused(name: str) -> None:
    with pytest.raises(ValueError, match="give a path|surrogates"):
        inside_path(name)


PART = st.text(st.sampled_from("aA.éÉ"), min_size=1, max_size=3).filter(lambda part: part not in {".", ".."})


@given(names=st.lists(st.lists(PART, min_size=1, max_size=3).map("/".join), max_size=6))
def test_names_clash_where_a_system_that_folds_capitals_has_one_file_of_them(names: list[str]) -> None:
    """The oracle lays them out one by one: each folder and file under its folded name."""
    files_there, folders, clash = dict[str, str](), dict[str, str](), False
    for name in dict.fromkeys(names):
        parts = name.casefold().split("/")
        above = ["/".join(parts[:end]) for end in range(1, len(parts))]
        clash |= any(folder in files_there for folder in above)
        clash |= name.casefold() in folders or name.casefold() in files_there
        folders.update(dict.fromkeys(above, name))
        files_there[name.casefold()] = name
    assert bool(list(clashes(names))) == clash


PLAIN = st.one_of(st.booleans(), st.integers(-(2**63), 2**63 - 1), st.floats(allow_nan=False, allow_infinity=False))
ODD_VALUES = [2**63, -(2**63) - 1, float("nan"), float("inf"), "a\0b", "\x1b[2J", "x" * 10_001]


def nested(value: Any, path: list[str]) -> Any:
    for step in path:
        value = {step: value} if step else [1, value]
    return {"key": value}


@given(path=st.lists(st.sampled_from(["", "a", "b"]), max_size=8), odd=st.sampled_from(ODD_VALUES), plain=PLAIN)
def test_odd_values_are_found_at_any_depth(path: list[str], odd: Any, plain: Any) -> None:
    assert list(odd_values(nested(odd, path)))
    assert not list(odd_values(nested(plain, path)))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x = " + "[" * 5_000 + "]" * 5_000, "not readable as TOML|nested deeper"),
        (".".join("a" * 20_000) + " = 1", "nested deeper"),
        ("x = " + "{a=" * 12 + "1" + "}" * 12, "nested deeper than 10"),
        ("x = " + "9" * 5_000, "not readable as TOML"),
        ("x = 0x" + "f" * 100, "beyond 64 bits"),
        ("x = nan", "no finite number"),
        ('x = "\\u0000"', "control character"),
        ('"\\u0007" = 1', "control character"),
        ("x = 1\n" * 2, "not readable as TOML"),
        ("#" * 2**20 + "\n", "at most 1,048,576 are read"),
    ],
)
def test_descriptions_that_no_reader_should_pass_on(text: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "dataset.toml").write_text(text)
    _, faults = read_description(tmp_path)
    assert any(re.search(message, str(fault)) for fault in faults), faults


@pytest.mark.parametrize(("key", "count"), [("regions", 201), ("benchmarks", 201)])
def test_headings_without_end_are_refused(key: str, count: int, tmp_path: Path) -> None:
    (tmp_path / "dataset.toml").write_text(f"[[{key}]]\n" * count)
    assert any("at most 200 are read" in str(fault) for fault in read_description(tmp_path).faults)


def packed(content: dict[str, bytes]) -> bytes:
    sums = {name: hashlib.sha256(inner).hexdigest() for name, inner in content.items()}
    return files.zipped({SUMS: sums_text(sums).encode(), **content})


@pytest.mark.parametrize(
    ("names", "message"),
    [(("a.png", "A.png"), "cannot both"), (("a", "a/b"), "cannot both"), (("x" * 300,), "not plain")],
)
def test_names_that_clash_are_not_unpacked(names: tuple[str, ...], message: str, tmp_path: Path) -> None:
    (tmp_path / "x.zip").write_bytes(packed(dict.fromkeys(names, b"x")))
    with pytest.raises(InvalidDataError, match=message):
        unpack(tmp_path / "x.zip", tmp_path / "out")
    assert not (tmp_path / "out").exists()


POSTSCRIPT = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(x) run\n"
TWO_NAMES = b"stimulus_id,file\nim0,images/IM0.png\nim1,images/im0.png\n"


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"images/im0.png": files.npy_claiming("(1,)")}, "cannot be read as an image"),
        ({"images/im0.png": POSTSCRIPT}, "of no format that is read"),
        ({"responses.npy": files.npy_claiming("(8, 99999999999)")}, "claims"),
        ({"responses.npy": files.npy([{}] * 8, pickled=True)}, "Python objects"),
        ({"rdms.npz": files.zipped({"rdms.npy": files.npy_claiming("(99999999999,)")})}, "claims"),
        ({"rdms.npz": files.zipped({"rdms.npy": files.npy([{}], pickled=True)})}, "Python objects"),
        ({"trials.csv": b"subj," * 1_001 + b"\n"}, "columns, and at most"),
        ({"stimuli.csv": b"stimulus_id," * 1_001 + b"\n"}, "columns, and at most"),
        ({"targets.csv": b"target_id," * 1_001 + b"\n"}, "columns, and at most"),
        ({"stimuli.csv": TWO_NAMES, "images/IM0.png": b""}, "beside"),
    ],
)
def test_files_of_a_package_are_refused_with_their_name(
    changed: dict[str, bytes], message: str, tmp_path: Path
) -> None:
    folder = files.written(files.package_files() | changed, tmp_path)
    told = [str(fault) for fault in find_faults(folder, Silent())]
    assert any(message in each for each in told), told


def test_the_package_itself_is_in_order(tmp_path: Path) -> None:
    folder = files.written(files.package_files(), tmp_path)
    assert [str(fault) for fault in find_faults(folder, Silent())] == []
