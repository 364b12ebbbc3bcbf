"""What a stranger's pickle claims: no way of making a tensor takes more room than its numbers have in the file."""

import io
import pickle
import zipfile
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.models_zoo.checkpoints import claims
from brainrank.models_zoo.checkpoints.files import read_file

N = 10**7
"""Numbers that are claimed, of two that are there."""


class Pickled:
    """What is pickled as the call that it is told, with a state, or made by a class."""

    def __init__(self, *reduced: Any) -> None:
        self.reduced = reduced

    def __reduce__(self) -> Any:
        return self.reduced


def two() -> Any:
    return torch.ones(2)._typed_storage()


def of_class() -> Any:
    arguments = (two(), 0, (N,), (1,), False, OrderedDict())
    return Pickled(torch._tensor._rebuild_from_type_v2, (torch._utils._rebuild_tensor_v2, torch.Tensor, arguments, {}))


def parameter_with_state() -> Any:
    return Pickled(torch._utils._rebuild_parameter, (torch.ones(2), True, OrderedDict()), (two(), 0, (N,), (1,)))


WAYS: dict[str, tuple[Callable[[], Any], str]] = {
    "a view of another type": (
        lambda: Pickled(
            torch._utils._rebuild_tensor_v3,
            (torch.ones(2).untyped_storage(), 0, (N,), (1,), False, OrderedDict(), torch.uint16),
        ),
        "reaches beyond the 4 numbers",
    ),
    "a view behind the name of a class": (of_class, "reaches beyond the 2 numbers"),
    "the state of a tensor": (
        lambda: Pickled(
            torch._utils._rebuild_tensor_v2, (two(), 0, (2,), (1,), False, OrderedDict()), (two(), 0, (N,), (1,))
        ),
        r"_rebuild_tensor.__setstate__",
    ),
    "the state of a parameter": (parameter_with_state, r"_rebuild_parameter.__setstate__"),
    "a tensor by its class": (lambda: Pickled(torch.Tensor, (N,)), r"torch.Tensor.__new__"),
    "a tensor of a size": (lambda: Pickled(torch.Tensor, (torch.Size([N]),)), r"torch.Tensor.__new__"),
    "a storage by its class": (lambda: Pickled(torch.UntypedStorage, (N,)), r"UntypedStorage.__new__"),
    "one quantised number, often": (
        lambda: Pickled(
            torch._utils._rebuild_qtensor,
            (
                torch.ones(2, dtype=torch.int8)._typed_storage(), 0, (N,), (0,),
                (torch.per_tensor_affine, 1.0, 0), False, OrderedDict(),
            ),
        ),
        "has more than the 2 numbers",
    ),
    "a tensor without numbers": (lambda: torch.ones(3, device="meta"), "_rebuild_meta_tensor"),
}  # fmt: skip


@pytest.mark.parametrize("legacy", [False, True])
@pytest.mark.parametrize("way", WAYS)
def test_no_way_of_making_a_tensor_grows_beyond_its_numbers(tmp_path: Path, way: str, legacy: bool) -> None:
    made, told = WAYS[way]
    path = tmp_path / "net.pth"
    torch.save({"weight": made()}, path, _use_new_zipfile_serialization=not legacy)
    with pytest.raises(InvalidDataError, match=told):
        read_file(path)


def test_a_part_of_a_storage_is_no_larger_than_it_says(tmp_path: Path) -> None:
    reader = claims._Reader(io.BytesIO(), tmp_path)
    kind = reader.find_class("torch", "FloatStorage")
    part = reader.persistent_load(("storage", kind, "0", "cpu", 100, ("1", 40, 60)))
    reader._view(part, 0, (60,), (1,))
    with pytest.raises(ValueError, match="reaches beyond the 60 numbers"):
        reader._view(part, 0, (61,), (1,))
    with pytest.raises(ValueError, match="part of a storage reaches beyond its 100"):
        reader.persistent_load(("storage", kind, "0", "cpu", 100, ("1", 41, 60)))


@pytest.mark.parametrize(
    ("stream", "told"),
    [
        (b"\x80\x05\x96" + (2**40).to_bytes(8, "little") + b".", "arrays of bytes"),
        (b"\x80\x04\x95" + (2**40).to_bytes(8, "little") + b".", "damaged"),
        (b"\x80\x02" + b"".join(b"cm\nn%d\n0" % n for n in range(20_000)) + b"N.", "more than 10,000 classes"),
        (b"\x80\x02" + b"}0" * (claims.MOST_PICKLE_BYTES // 2) + b"N.", "more than 67,108,864 bytes"),
        (b"\x80\x02]}b.", "gives a state to what has none"),
    ],
    ids=["an array of bytes", "a frame", "names", "long", "the state of a list"],
)
def test_a_pickle_takes_no_more_room_than_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stream: bytes, told: str
) -> None:
    if told.startswith("more than 67"):
        monkeypatch.setattr(claims, "MOST_PICKLE_BYTES", 1_000)
        told, stream = "more than 1,000 bytes", stream[:5_000]
    path = tmp_path / "net.pth"
    path.write_bytes(stream)
    with pytest.raises(InvalidDataError, match=told):
        read_file(path)


def test_a_long_pickle_in_an_archive_is_not_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    torch.save({"weight": torch.ones(2), "log": "x" * 5_000}, tmp_path / "net.pth")
    monkeypatch.setattr(claims, "MOST_PICKLE_BYTES", 1_000)
    with pytest.raises(InvalidDataError, match="beside its numbers, and at most 1,000 are read; write its tensors"):
        read_file(tmp_path / "net.pth")


def test_two_entries_that_torch_would_take_for_one_are_no_archive_of_it(tmp_path: Path) -> None:
    path = tmp_path / "net.pth"
    torch.save({"weight": torch.ones(2)}, path)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("net/DATA.PKL", pickle.dumps({}))
    with pytest.raises(InvalidDataError, match="no archive of torch.save"):
        read_file(path)


@pytest.mark.parametrize("legacy", [False, True])
def test_parameters_and_tensors_with_attributes_are_read(tmp_path: Path, legacy: bool) -> None:
    marked = nn.Parameter(torch.arange(4.0))
    marked.mark = "kept"  # type: ignore[attr-defined]
    plain = torch.ones(3)
    plain.mark = "kept"  # type: ignore[attr-defined]
    content = {"a": nn.Parameter(torch.ones(2)), "b": marked, "c": plain}
    content |= {} if legacy else {"d": torch.ones(3, dtype=torch.uint16)}  # which torch 1.5 had not
    torch.save(content, tmp_path / "net.pth", _use_new_zipfile_serialization=not legacy)
    found = read_file(tmp_path / "net.pth")
    assert all(torch.equal(found[name], each) for name, each in content.items())


@pytest.mark.parametrize("legacy", [False, True])
def test_a_parameter_as_torch_0_3_wrote_it_is_read(tmp_path: Path, legacy: bool) -> None:
    old = Pickled(nn.Parameter, (torch.ones(2), True), (True, False, OrderedDict()))
    torch.save({"weight": old}, tmp_path / "net.pth", _use_new_zipfile_serialization=not legacy)
    assert torch.equal(read_file(tmp_path / "net.pth")["weight"], torch.ones(2))
