"""Files of weights: nothing of them runs, what they claim is what they hold, and what is no weights is told."""

import argparse
import collections
import datetime
import io
import json
import os
import pathlib
import pickle
import struct
import sys
import types
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from brainrank.benchmark.types.errors import InvalidDataError, UserError
from brainrank.models_zoo.checkpoints.files import read_file, read_shards, require_weights_file

WEIGHTS = {"a.weight": torch.arange(6.0).reshape(2, 3), "a.bias": torch.ones(2)}


def saved(folder: Path, content: object, *, legacy: bool = False, name: str = "net.pth") -> Path:
    torch.save(content, folder / name, _use_new_zipfile_serialization=not legacy)
    return folder / name


@pytest.mark.parametrize("legacy", [False, True])
def test_tensors_are_read_as_they_were_saved(tmp_path: Path, legacy: bool) -> None:
    found = read_file(saved(tmp_path, {"state_dict": WEIGHTS, "epoch": 3}, legacy=legacy))
    assert found["epoch"] == 3
    assert all(torch.equal(found["state_dict"][name], tensor) for name, tensor in WEIGHTS.items())


def test_what_training_loops_put_beside_weights_is_read_as_nothing(tmp_path: Path) -> None:
    content = {
        "args": argparse.Namespace(lr=0.1, out=pathlib.PurePosixPath("/x")),
        "best": np.float64(0.3),
        "curve": np.zeros(3),
        "when": datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC),
        "counts": collections.Counter("aab"),
        "log": collections.defaultdict(list, {"a": [1]}),
        "model": collections.OrderedDict(WEIGHTS),
    }
    for legacy in (False, True):
        found = read_file(saved(tmp_path, content, legacy=legacy))
        assert torch.equal(found["model"]["a.bias"], WEIGHTS["a.bias"])
        assert not hasattr(found["args"], "lr")


def test_lightning_s_own_kind_of_dict_needs_no_lightning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    module = types.ModuleType("lightning.fabric.utilities.data")
    kind = type("AttributeDict", (dict,), {"__module__": module.__name__})
    module.AttributeDict = kind  # type: ignore[attr-defined]
    for name in ("lightning", "lightning.fabric", "lightning.fabric.utilities"):
        monkeypatch.setitem(sys.modules, name, types.ModuleType(name))
    monkeypatch.setitem(sys.modules, module.__name__, module)
    path = saved(tmp_path, {"hyper_parameters": kind(lr=0.1), "state_dict": WEIGHTS})
    monkeypatch.undo()
    assert torch.equal(read_file(path)["state_dict"]["a.bias"], WEIGHTS["a.bias"])


class Hostile:
    """Makes a folder when it is read."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[str]]:
        return os.mkdir, (str(self.path),)


@pytest.mark.parametrize("form", ["bare pickle", "zip", "legacy", "beside tensors"])
def test_nothing_of_a_hostile_file_runs(tmp_path: Path, form: str) -> None:
    target, path = tmp_path / "made", tmp_path / "hostile.pth"
    content = {"state_dict": Hostile(target)} | (WEIGHTS if form == "beside tensors" else {})
    if form == "bare pickle":
        path.write_bytes(pickle.dumps(content))
    else:
        saved(tmp_path, content, legacy=form == "legacy", name="hostile.pth")
    with pytest.raises(InvalidDataError, match=r"(runs|needs) code (to be read )?\(posix.mkdir\)"):
        read_file(path)
    assert not target.exists()


def script(path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.jit.save(torch.jit.trace(nn.Linear(2, 2), torch.zeros(1, 2)), path)


NO_WEIGHTS: dict[str, tuple[Callable[[Path], object], str]] = {
    "TorchScript": (script, r"a TorchScript archive: .*torch.jit.load\('net.pth'\).state_dict\(\)"),
    "a whole network": (
        lambda path: torch.save(nn.Linear(2, 2), path),
        r"is a whole network \(torch.nn.modules.linear.Linear\).*weights_only=False\).state_dict\(\)",
    ),
    "a whole network, as torch 1.5 wrote it": (
        lambda path: torch.save(nn.Linear(2, 2), path, _use_new_zipfile_serialization=False),
        "is a whole network",
    ),
    "a network in a mapping": (
        lambda path: torch.save({"model": nn.Linear(2, 2)}, path),
        r"holds a whole network .*weights_only=False\)\['model'\].state_dict\(\)",
    ),
    "a tensor": (lambda path: torch.save(torch.zeros(2), path), "holds a Tensor, where tensors by name are due"),
    "text": (lambda path: path.write_text("hello world"), "neither of torch.save nor of safetensors"),
    "nothing": (lambda path: path.write_bytes(b""), "is empty"),
    "a web page": (lambda path: path.write_text("<!DOCTYPE html>"), "is a web page"),
    "a pointer": (lambda path: path.write_text("version https://git-lfs.github.com/spec/v1\n"), "git lfs pull"),
    "another zip": (lambda path: zipfile.ZipFile(path, "w").close(), "neither of torch.save|no archive of torch.save"),
    "a tar of torch 0.1": (lambda path: path.write_bytes(b"x".ljust(257, b"\0") + b"ustar\x0000"), "torch 0.1"),
}


@pytest.mark.parametrize("case", NO_WEIGHTS)
def test_what_is_no_weights_is_told_for_what_it_is(tmp_path: Path, case: str) -> None:
    write, told = NO_WEIGHTS[case]
    write(tmp_path / "net.pth")
    with pytest.raises(InvalidDataError, match=told):
        read_file(tmp_path / "net.pth")


@pytest.mark.parametrize("legacy", [False, True])
@pytest.mark.parametrize("part", [0.1, 0.5, 0.9, 0.99])
def test_a_file_that_is_cut_off_is_damaged(tmp_path: Path, legacy: bool, part: float) -> None:
    path = saved(tmp_path, {"w": torch.rand(500), "v": torch.rand(500)}, legacy=legacy)
    content = path.read_bytes()
    path.write_bytes(content[: int(part * len(content))])
    with pytest.raises(InvalidDataError, match="damaged"):
        read_file(path)


def forged(path: Path, change: Callable[[bytes], bytes]) -> Path:
    """The archive with another pickle in it."""
    with zipfile.ZipFile(path) as archive:
        entries = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in entries.items():
            archive.writestr(name, change(content) if name.endswith("data.pkl") else content)
    return path


def test_an_archive_that_claims_more_numbers_than_it_holds_is_refused(tmp_path: Path) -> None:
    path = saved(tmp_path, {"w": torch.zeros(1000)})
    size = struct.pack("<H", 1000)
    with pytest.raises(InvalidDataError, match="claims 240,000 bytes of numbers where it holds 4,000"):
        read_file(forged(path, lambda content: content.replace(b"M" + size, b"M" + struct.pack("<H", 60_000))))


def test_a_view_beyond_its_numbers_is_refused(tmp_path: Path) -> None:
    path = saved(tmp_path, {"w": torch.zeros(1000).reshape(10, 100)})

    def longer(content: bytes) -> bytes:
        assert content.count(b"K\nKd") == 1  # the sizes 10 and 100
        return content.replace(b"K\nKd", b"K\xffKd")

    with pytest.raises(InvalidDataError, match=r"\(255, 100\) reaches beyond the 1,000 numbers"):
        read_file(forged(path, longer))


def test_a_pickle_with_more_notes_than_memory_is_refused_at_once(tmp_path: Path) -> None:
    path = saved(tmp_path, {"w": torch.zeros(10)})
    notes = b"\x80\x02}r" + struct.pack("<I", 2**32 - 1) + b"."
    assert read_file(forged(path, lambda _: notes)) == {}


def test_compressed_entries_are_no_archive_of_torch(tmp_path: Path) -> None:
    path = saved(tmp_path, WEIGHTS)
    with zipfile.ZipFile(path) as archive:
        entries = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    with pytest.raises(InvalidDataError, match="no archive of torch.save|unpacks to more"):
        read_file(path)


def test_files_of_one_kind_under_the_name_of_another(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    torch.save(WEIGHTS, buffer)
    (tmp_path / "pickle.safetensors").write_bytes(buffer.getvalue())
    with pytest.raises(InvalidDataError, match=r"is a pickle .*rename it to .pth.*brainrank convert"):
        read_file(tmp_path / "pickle.safetensors")
    save_file(WEIGHTS, tmp_path / "net.safetensors")
    (tmp_path / "net.safetensors").rename(tmp_path / "pytorch_model.bin")
    assert torch.equal(read_file(tmp_path / "pytorch_model.bin")["a.bias"], WEIGHTS["a.bias"])


def test_warnings_of_torch_about_itself_are_not_passed_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = torch.load

    def warning(*arguments: Any, **named: Any) -> Any:
        warnings.warn("this will change", FutureWarning, stacklevel=2)
        return real(*arguments, **named)

    path = saved(tmp_path, WEIGHTS)
    monkeypatch.setattr(torch, "load", warning)
    assert read_file(path).keys() == WEIGHTS.keys()


def index(folder: Path, places: object) -> Path:
    path = folder / "model.safetensors.index.json"
    path.write_text(json.dumps({"weight_map": places}))
    return path


def test_shards_are_read_together(tmp_path: Path) -> None:
    save_file({"a": torch.ones(2)}, tmp_path / "model-1.safetensors")
    torch.save({"b": torch.zeros(2)}, tmp_path / "model-2.bin")
    found = read_shards(index(tmp_path, {"a": "model-1.safetensors", "b": "model-2.bin"}))
    assert {name: each.tolist() for name, each in found.items()} == {"a": [1, 1], "b": [0, 0]}
    for places, told in (
        ({"a": "model-3.bin"}, "model-3.bin is not beside it"),
        ({"a": "../model-1.safetensors"}, "is not beside it"),
        ({"c": "model-2.bin"}, "holds no 'c'"),
        ([1], "no index of shards"),
    ):
        with pytest.raises(InvalidDataError, match=told):
            read_shards(index(tmp_path, places))


def test_names_that_are_no_file_of_weights_are_refused_with_the_way(tmp_path: Path) -> None:
    for name in ("a.pth", "a.pt", "a.ckpt", "a.pth.tar", "a.bin", "a.safetensors"):
        require_weights_file(tmp_path / name)
    for name in ("a.onnx", "a.npz", "a", "a.h5"):
        with pytest.raises(UserError, match="no file of weights, which end in .safetensors, .pth"):
            require_weights_file(tmp_path / name)
    with pytest.raises(UserError, match="is a folder; give one of its files"):
        require_weights_file(tmp_path)
    save_file(WEIGHTS, tmp_path / "model.safetensors")
    with pytest.raises(UserError, match="is a folder; give the file in it: '.*model.safetensors'"):
        require_weights_file(tmp_path)
    with pytest.raises(UserError, match="in pieces; make one file of it with: brainrank convert"):
        require_weights_file(index(tmp_path, {}))
