"""Copies among a package's images: held together by the loader, and told."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from brainrank.benchmark.types.assemblies import RdmAssembly, ResponseAssembly
from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.measure import Assembly
from brainrank.benchmark.types.reporter import Silent
from brainrank.benchmark.types.trials import BehaviouralAssembly
from brainrank.datasets.package.check import check_folder
from brainrank.datasets.package.package import read_package

ALONE = tuple(f"im{number}" for number in range(12))


class Told(Silent):
    """What was said while loading, and how often something was decoded."""

    def __init__(self) -> None:
        self.messages: list[str] = []
        self.decoded = 0

    def message(self, text: str) -> None:
        self.messages.append(text)

    def progress(self, stage: str, done: int, total: int) -> None:
        self.decoded += stage == "looking for equal images"


def load(folder: Path, region: str, reporter: Silent | None = None) -> Assembly:
    dataset = read_package(folder).dataset()
    return dataset.assembly(region, Locations(home=folder / "home"), reporter or Silent())


def warnings(folder: Path) -> list[str]:
    checked = check_folder(folder, Silent())
    assert checked.faults == ()
    return [str(each) for each in checked.warnings()]


def grouping(folder: Path, groups: dict[str, str]) -> None:
    """Write the column group."""
    head, *lines = (folder / "stimuli.csv").read_text().splitlines()
    rows = [f"{line},{groups.get(line.partition(',')[0], '')}" for line in lines]
    (folder / "stimuli.csv").write_text("\n".join([f"{head},group", *rows]) + "\n")


def as_another_file(folder: Path, source: str, target: str) -> None:
    """Make the target show the source's picture, in a file of another format and mode."""
    table = folder / "stimuli.csv"
    with Image.open(folder / f"images/{source}.png") as image:
        image.convert("RGBA").save(folder / f"images/{target}.tif")
    table.write_text(table.read_text().replace(f"images/{target}.png", f"images/{target}.tif"))


def test_each_stimulus_stands_for_itself_where_nothing_says_otherwise(folder: Path) -> None:
    assert warnings(folder) == []
    for region in ("v4", "it"):
        found = load(folder, region)
        assert isinstance(found, RdmAssembly | ResponseAssembly)
        assert found.groups is None
    people = load(folder, "people")
    assert isinstance(people, BehaviouralAssembly)
    assert people.group_of is None


def test_the_column_group_reaches_every_assembly(folder: Path) -> None:
    grouping(folder, {"im0": "a", "im3": "a", "im5": "a", "im1": "b", "im2": "b"})
    expected = ("a", "b", "b", "a", "im4", "a", *ALONE[6:])
    for region in ("v4", "it"):
        found = load(folder, region)
        assert isinstance(found, RdmAssembly | ResponseAssembly)
        assert found.groups == expected
    people = load(folder, "people")
    assert isinstance(people, BehaviouralAssembly)
    assert people.group_of == {"im0": "a", "im3": "a", "im5": "a", "im1": "b", "im2": "b"}


def test_the_same_pixels_in_two_files_are_one_group(folder: Path) -> None:
    as_another_file(folder, "im2", "im7")
    reporter = Told()
    found = load(folder, "v4", reporter)
    assert isinstance(found, ResponseAssembly)
    assert found.groups == (*ALONE[:7], "im2", *ALONE[8:])
    (message,) = reporter.messages
    assert "2 images show 1 picture" in message
    assert "im2, im7" in message
    (warning,) = warnings(folder)
    assert "stimuli.csv, line 9: 2 images show 1 picture, the same pixels in several files (im2, im7)" in warning


def test_groups_that_share_a_picture_become_one(folder: Path) -> None:
    as_another_file(folder, "im2", "im7")
    grouping(folder, {"im2": "a", "im3": "a", "im7": "b", "im8": "b"})
    found = load(folder, "v4")
    assert isinstance(found, ResponseAssembly)
    assert found.groups == (*ALONE[:2], "a", "a", *ALONE[4:7], "a", "a", *ALONE[9:])
    grouping_of_both = (folder / "stimuli.csv").read_text().replace(",b\n", ",a\n")
    (folder / "stimuli.csv").write_text(grouping_of_both)
    reporter = Told()
    load(folder, "v4", reporter)
    assert reporter.messages == []
    assert warnings(folder) == []


def test_pixels_are_decoded_once(folder: Path) -> None:
    first, second = Told(), Told()
    load(folder, "v4", first)
    load(folder, "it", second)
    assert (first.decoded, second.decoded) == (12, 0)
    Image.new("RGB", (16, 16), (1, 2, 3)).save(folder / "images/im0.png")
    third = Told()
    load(folder, "v4", third)
    assert third.decoded == 12


def test_images_that_are_all_the_same_are_refused(folder: Path) -> None:
    for number in range(12):
        Image.new("RGB", (16, 16), (9, 9, 9)).save(folder / f"images/im{number}.png")
    with pytest.raises(InvalidDataError, match="all 12 images that were shown are the same"):
        load(folder, "v4")


def test_a_picture_that_cannot_be_read_is_named(folder: Path) -> None:
    frames = [Image.new("L", (8, 8), level) for level in (0, 90)]
    frames[0].save(folder / "images/im3.png", save_all=True, append_images=frames[1:])
    with pytest.raises(InvalidDataError, match=r"im3\.png is not a readable image \(it holds 2 pictures"):
        load(folder, "it")


def test_blank_images_are_told(folder: Path) -> None:
    Image.new("L", (16, 16), 128).save(folder / "images/im3.png")
    (warning,) = warnings(folder)
    assert "line 5: 1 image of one colour throughout: images/im3.png" in warning


def test_near_duplicates_are_told_unless_they_are_in_one_group(folder: Path) -> None:
    rng = np.random.default_rng(3)
    with Image.open(folder / "images/im4.png") as image:
        pixels = np.asarray(image.resize((64, 64)), np.float64)
    for number in (4, 8, 10):
        noisy = pixels + rng.normal(0, 6, pixels.shape)
        Image.fromarray(np.clip(noisy, 0, 255).astype(np.uint8)).save(folder / f"images/im{number}.png")
    (warning,) = warnings(folder)
    assert "3 images are near-duplicates of others, 3 pairs with r > .95" in warning
    assert "im8 and im10 (r 0.9" in warning
    assert "--group-near-duplicates" in warning
    grouping(folder, {"im4": "a", "im8": "a"})
    (warning,) = warnings(folder)
    assert "2 pairs" in warning
    (folder / "stimuli.csv").write_text((folder / "stimuli.csv").read_text().replace("im10.png,dog,", "im10.png,dog,a"))
    assert warnings(folder) == []


def test_a_study_says_what_makes_its_groups(folder: Path) -> None:
    assert read_package(folder).dataset().grouped_by == {}
    grouping(folder, {"im0": "a", "im3": "a"})
    told = "the column group of stimuli.csv: 11 groups"
    assert read_package(folder).dataset().grouped_by == {"v4": told, "it": told, "people": told}
