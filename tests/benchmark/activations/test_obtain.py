"""Stored activations are not computed again, not even by two processes at once."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

from brainrank.benchmark.activations.obtain import Obtained, Source, obtain
from brainrank.benchmark.activations.reduction import Reduction
from brainrank.benchmark.types.activations import DEFAULT_EXTRACTION, Extraction, LayerGram
from brainrank.benchmark.types.model_spec import Preprocessing
from brainrank.benchmark.types.reporter import Silent
from brainrank.benchmark.types.stimuli import Stimulus, StimulusSet


class Counted(nn.Module):
    """Notes each of its passes in a folder, and takes its time."""

    def __init__(self, notes: Path) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.first, self.second, self._notes = nn.Conv2d(3, 4, 3), nn.Conv2d(4, 2, 3), notes

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        self._notes.mkdir(exist_ok=True)
        (self._notes / str(len(list(self._notes.iterdir())))).touch()
        torch.randn(1500, 1500).mm(torch.randn(1500, 1500))
        output: torch.Tensor = self.second(self.first(images))
        return output


def stimuli(folder: Path) -> StimulusSet:
    rng = np.random.default_rng(0)
    made = []
    for number in range(40):
        path = folder / f"{number}.bmp"
        Image.fromarray(rng.integers(0, 256, (8, 8, 3), dtype=np.uint8)).save(path)
        made.append(Stimulus(str(number), path, f"{number:064d}"))
    return StimulusSet("tiny", tuple(made))


def source(notes: Path, *layers: str) -> Source:
    return Source("counted", "w", Preprocessing(size=(8, 8)), layers, "flatten", Reduction.NONE, lambda: Counted(notes))


def had(
    folder: Path, shown: StimulusSet, *layers: str, extraction: Extraction = DEFAULT_EXTRACTION
) -> Obtained[LayerGram]:
    return obtain(
        source(folder / "notes", *layers),
        shown,
        LayerGram,
        home=folder / "home",
        device="cpu",
        extraction=extraction,
        reporter=Silent(),
    )


def passes(folder: Path) -> int:
    return len(list((folder / "notes").iterdir()))


def test_only_what_is_missing_is_computed_and_globs_find_it(tmp_path: Path) -> None:
    shown = stimuli(tmp_path)
    first = had(tmp_path, shown, "second").layers[0]
    assert passes(tmp_path) == 5  # one image alone and in company, then 16, 16 and 8
    again = had(tmp_path, shown, "second").layers[0]
    assert passes(tmp_path) == 5
    np.testing.assert_array_equal(first.gram, again.gram)
    assert [each.layer for each in had(tmp_path, shown, "*").layers] == ["first", "second"]
    assert passes(tmp_path) == 12
    # The same layer with another pooling or precision is another entry; spelled out, it is the same one.
    assert [each.layer for each in had(tmp_path, shown, "second:mean", "first:flatten").layers] == [
        "second:mean",
        "first:flatten",
    ]
    assert passes(tmp_path) == 17
    had(tmp_path, shown, "second", extraction=Extraction(precision="bf16"))
    assert passes(tmp_path) == 22


def test_a_limit_keeps_what_was_asked_for_last(tmp_path: Path) -> None:
    shown = stimuli(tmp_path)
    tight = replace(DEFAULT_EXTRACTION, store_limit_bytes=1)
    had(tmp_path, shown, "first", extraction=tight)
    had(tmp_path, shown, "second", extraction=tight)
    assert len(list((tmp_path / "home").rglob("*.npz"))) == 1


ASK = """
import importlib.util, sys
from pathlib import Path
described = importlib.util.spec_from_file_location("asking", sys.argv[1])
asking = importlib.util.module_from_spec(described)
sys.modules["asking"] = asking
described.loader.exec_module(asking)
folder = Path(sys.argv[2])
shown = asking.stimuli(folder)
print("ready", flush=True)
sys.stdin.readline()
asking.had(folder, shown, "first", "second")
"""


def test_two_processes_that_ask_at_once_compute_once(tmp_path: Path) -> None:
    command = [sys.executable, "-c", ASK, __file__, str(tmp_path)]
    both = [subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    for each in both:
        assert each.stdout is not None
        assert each.stdout.readline() == "ready\n"
    for each in both:
        assert each.stdin is not None
        each.stdin.write("go\n")
        each.stdin.flush()
    for each in both:
        each.communicate(timeout=120)
    assert [each.returncode for each in both] == [0, 0]
    assert passes(tmp_path) == 5


@pytest.mark.parametrize("missing", ["first", "second"])
def test_a_damaged_entry_alone_is_computed_anew(tmp_path: Path, missing: str) -> None:
    shown = stimuli(tmp_path)
    whole = {each.layer: each.gram for each in had(tmp_path, shown, "first", "second").layers}
    for path in (tmp_path / "home").rglob("*.npz"):
        if missing.encode() in path.read_bytes().replace(b"\0", b""):
            path.write_bytes(path.read_bytes()[:200])
    found = {each.layer: each.gram for each in had(tmp_path, shown, "first", "second").layers}
    np.testing.assert_array_equal(found[missing], whole[missing])
    assert passes(tmp_path) == 10
