"""The column group, written for images that are nearly the same."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.benchmark.types.reporter import Silent
from brainrank.datasets.package.check import check_folder
from brainrank.datasets.package.group_column import group_near_duplicates
from brainrank.datasets.package.stimulus_table import read_table

TABLE = "stimuli.csv"


def groups(folder: Path) -> dict[str, str]:
    return read_table(folder, TABLE).table.group_of


@pytest.fixture
def triplets(folder: Path) -> Path:
    """im0, im4, im8 are variants of one picture, im1 and im5 of another; im6 is im1, pixel by pixel."""
    rng = np.random.default_rng(2)
    for first, others in ((0, (0, 4, 8)), (1, (1, 5))):
        picture = rng.integers(0, 255, (32, 32, 3))
        for number in others:
            pixels = np.clip(picture + rng.normal(0, 5, picture.shape), 0, 255).astype(np.uint8)
            Image.fromarray(pixels).save(folder / f"images/im{number}.png")
        assert first in others
    with Image.open(folder / "images/im1.png") as image:
        image.convert("RGBA").save(folder / "images/im6.png")
    return folder


def test_variants_and_copies_are_groups(triplets: Path) -> None:
    assert "near-duplicates" in str(check_folder(triplets, Silent()).warnings())
    found = group_near_duplicates(triplets, TABLE, Silent())
    assert (found.images, found.groups) == (6, 2)
    assert groups(triplets) == dict.fromkeys(("im0", "im4", "im8"), "im0") | dict.fromkeys(("im1", "im5", "im6"), "im1")
    checked = check_folder(triplets, Silent())
    assert (checked.faults, checked.warnings()) == ((), ())
    before = (triplets / TABLE).read_bytes()
    group_near_duplicates(triplets, TABLE, Silent())
    assert (triplets / TABLE).read_bytes() == before


def test_what_else_the_table_says_stays(triplets: Path) -> None:
    head, *lines = (triplets / TABLE).read_text().splitlines()
    marks = ["mine" if number in (4, 9) else "" for number in range(12)]
    rows = [f'{mark},"a, b",{line}' for mark, line in zip(marks, lines, strict=True)]
    (triplets / TABLE).write_text("\n".join([f"Group,note,{head}", *rows]) + "\n")
    group_near_duplicates(triplets, TABLE, Silent())
    assert {each: group for each, group in groups(triplets).items() if group == groups(triplets)["im0"]}.keys() == {
        *("im0", "im4", "im8", "im9"),
    }
    first, second, *_ = (triplets / TABLE).read_text().splitlines()
    assert first == f"Group,note,{head}"
    assert second.endswith(f'"a, b",{lines[0]}')


def test_a_table_with_faults_is_not_touched(triplets: Path) -> None:
    (triplets / "images/im3.png").unlink()
    before = (triplets / TABLE).read_bytes()
    with pytest.raises(InvalidDataError, match="has faults, such as: stimuli.csv, line 5: file .* is not there"):
        group_near_duplicates(triplets, TABLE, Silent())
    assert (triplets / TABLE).read_bytes() == before
