"""`brainrank design`: a plan printed and written, and what is asked wrongly told."""

import csv
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from tiny_study import NAMES
from typer.testing import Result

Run = Callable[..., Result]
BASE = ("--noise", NAMES[0], "--subjects", 5, "--worlds", 40, "--device", "cpu")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A pool of twenty pictures in two folders."""
    rng = np.random.default_rng(0)
    for number in range(20):
        path = tmp_path / "pool" / ("cats" if number % 2 else "dogs") / f"{number}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(rng.integers(0, 256, (16, 16, 3), dtype=np.uint8)).save(path)
    return tmp_path / "pool"


def test_a_study_is_planned_and_its_images_are_written_once(tiny: Run, folder: Path, tmp_path: Path) -> None:
    words = ("design", "pixels", "gabor", "--images", folder, *BASE, "--choose", 10, "--natural")
    out = tmp_path / "chosen.csv"
    told = tiny(*words, "--out", out)
    assert told.exit_code == 0, told.output
    for part in (
        "10 of 20 images, 5 subjects",
        "The study was planned by simulation",
        "Golan, T.",
    ):
        assert part in " ".join(told.stdout.split())
    rows = list(csv.DictReader(out.read_text().splitlines()))
    assert len(rows) == 10
    assert {each["category"] for each in rows} == {"cats", "dogs"}
    assert all(Path(each["file"]).is_file() for each in rows)
    again = tiny(*words, "--out", out)
    assert again.exit_code == 2
    assert "is there already, and is not written over; give another name" in " ".join(again.output.split())


def test_all_of_it_in_json_by_the_layer_that_is_named(tiny: Run) -> None:
    told = tiny("design", "pixels", "gabor", "--images", "tiny2026.it", *BASE, "--layers", "gabor=simple", "--json")
    assert told.exit_code == 0, told.output
    found = json.loads(told.stdout)
    assert found["models"][0]["name"] == "pixels"
    assert found["models"][1]["layer"] == "simple"
    assert (len(found["images"]), found["random"], found["noise"]["subjects"]) == (12, None, 3)
    assert np.sum(found["study"]["as_measured"]["found"]) == pytest.approx(2)
    assert f"{found['study']['as_measured']['power']:.0%}" in found["methods"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("pixels", *BASE), "1 model: a study is planned to tell models apart; give two or more"),
        (("pixels", "pixels", *BASE), "1 model:"),
        (("pixels", "gabor", *BASE, "--choose", 13), "13 images to choose of a pool of 12; give a number from 8 to 12"),
        (("pixels", "gabor", *BASE[2:], "--noise", "tiny2026.it.rs"), "tiny2026.it.rsa"),
        (("pixels", "gabor", *BASE[2:], "--noise", "tiny"), "--noise tiny are 2 benchmarks"),
        (("pixels", "gabor", *BASE, "--natural"), "say how many images to choose"),
        (("pixels", "gabor", *BASE, "--layers", "clip=stem"), "give NAME, or MODEL=NAME of one of pixels, gabor"),
        (("pixels", "gabor", *BASE[:2], "--subjects", 1), "1 subjects; give a number from 2 to 100"),
        (("pixels", "gaborr", *BASE), "gabor"),
    ],
)
def test_what_is_asked_wrongly_is_told(tiny: Run, words: tuple[object, ...], told: str) -> None:
    found = tiny("design", *words, "--images", "tiny2026.it")
    assert found.exit_code == 2
    assert told in " ".join(found.output.split())


def test_a_pool_of_three_images_and_one_that_is_none_are_refused(tiny: Run, folder: Path) -> None:
    for number, each in enumerate(sorted(folder.rglob("*.png"))):
        if number > 2:
            each.unlink()
    few = tiny("design", "pixels", "gabor", "--images", folder, *BASE)
    assert few.exit_code == 2
    assert "The pool has 3 images; give one of at least 8" in few.output
    none = tiny("design", "pixels", "gabor", "--images", "no-such-pool", *BASE)
    assert none.exit_code == 2
    assert "no-such-pool" in none.output


def test_a_folder_that_is_not_there_is_told_as_one(tiny: Run, tmp_path: Path) -> None:
    found = tiny("design", "pixels", "gabor", "--images", tmp_path / "nowhere", *BASE)
    assert found.exit_code == 2
    assert "nowhere does not exist; give a folder of images, or a study" in " ".join(found.output.split())
