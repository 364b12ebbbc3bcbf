"""Odd-one-out judgements of a package: what is read, and every malformed row refused."""

from pathlib import Path

import numpy as np
import pytest

from brainrank.benchmark.metrics.odd_one_out import OddOneOutMetric
from brainrank.benchmark.scoring.declarations import declared_benchmarks
from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.reporter import Silent
from brainrank.benchmark.types.triplets import TripletAssembly
from brainrank.datasets.package.check import check_folder
from brainrank.datasets.package.package import read_package


@pytest.fixture
def with_triplets(folder: Path) -> Path:
    rng = np.random.default_rng(0)
    rows = ["image1,image2,image3,odd,subject"]
    for number in range(40):
        a, b, c = rng.choice(12, 3, replace=False)
        rows.append(f"im{a},im{b},im{c},im{b},s{number % 3}")
    (folder / "triplets.csv").write_text("\n".join(rows) + "\n")
    with (folder / "dataset.toml").open("a") as opened:
        opened.write('\n[[regions]]\nname = "odd"\ntriplets = "triplets.csv"\n')
        opened.write('\n[[benchmarks]]\nregion = "odd"\nmetric = "odd-one-out"\nparameters = { similarity = "dot" }\n')
    return folder


def judgements(folder: Path, home: Path) -> TripletAssembly:
    found = read_package(folder).dataset().assembly("odd", Locations(home, None), Silent())
    assert isinstance(found, TripletAssembly)
    return found


def test_judgements_are_read_with_the_odd_one_last(with_triplets: Path, tmp_path: Path) -> None:
    assembly = judgements(with_triplets, tmp_path)
    lines = [line.split(",") for line in (with_triplets / "triplets.csv").read_text().splitlines()[1:]]
    for row, (a, b, c, odd, _) in zip(assembly.triplets, lines, strict=True):
        assert [assembly.stimulus_ids[each] for each in row] == [a, c, odd]
        assert odd == b
    assert assembly.subjects == tuple(line[4] for line in lines)
    declared = declared_benchmarks(read_package(with_triplets))["mine.odd.odd-one-out"]
    assert declared.metric == OddOneOutMetric(similarity="dot")


def test_images_may_be_named_by_their_files(with_triplets: Path, tmp_path: Path) -> None:
    table = with_triplets / "triplets.csv"
    before = judgements(with_triplets, tmp_path)
    head, *rows = table.read_text().splitlines()
    named = [",".join([f"{cell}.png" for cell in row.split(",")[:4]] + row.split(",")[4:]) for row in rows]
    table.write_text("\n".join([head, *named]) + "\n")
    np.testing.assert_array_equal(judgements(with_triplets, tmp_path).triplets, before.triplets)


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("im0,im1,im1,im1,s0", "images im0, im1, im1 are not three that differ"),
        ("im0,im1,im2,im3,s0", "odd is 'im3', which is none of im0, im1, im2"),
        ("im0,im1,im2,2,s0", "odd is '2', which is none of"),
        ("im0,im1,im2,,s0", "odd is empty"),
        ("im0,im1,im2,im2", "has 4 cells, and the heading 5"),
        ("im0,im1,im99,im1,s0", "image 'im99' is not listed in stimuli.csv"),
    ],
)
def test_a_malformed_row_is_refused_by_its_line(with_triplets: Path, row: str, told: str) -> None:
    with (with_triplets / "triplets.csv").open("a") as opened:
        opened.write(row + "\n")
    faults = [str(each) for each in check_folder(with_triplets, Silent()).faults]
    assert any(f"triplets.csv, line 42: {told}" in each for each in faults), faults


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("image1,", "first,", "lacks the column image1"),
        (",subject", ",observer", "'observer'"),
        (",odd,", ",odd,odd,", "there twice"),
    ],
)
def test_a_wrong_heading_is_refused(with_triplets: Path, old: str, new: str, told: str) -> None:
    table = with_triplets / "triplets.csv"
    table.write_text(table.read_text().replace(old, new, 1))
    assert any(told in str(each) for each in check_folder(with_triplets, Silent()).faults)
