"""What `init` makes of what it is given: a description that is in order as it stands."""

from pathlib import Path

import numpy as np
import pytest

from brainrank.benchmark.types.assemblies import ResponseAssembly
from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.reporter import Silent
from brainrank.datasets.package.check import check_folder
from brainrank.datasets.package.package import read_package
from brainrank.datasets.package.start import Given, start

AXES = ("stimuli", "repeats", "targets")


def test_images_and_responses_become_a_package_in_order(folder: Path, tmp_path: Path) -> None:
    target = tmp_path / "My V4"
    given = Given(
        images=folder / "images", responses=folder / "responses.npy", axes=AXES, region="v4", visual_degrees=8
    )
    started = start(target, given)
    # In the order of their numbers: im2 comes before im10.
    assert started.images == tuple(f"images/im{number}.png" for number in range(12))
    assert started.measured == ("responses.npy: 12 stimuli x 3 repeats x 5 targets, in the order of the images",)
    assert check_folder(target, Silent()).faults == ()
    package = read_package(target)
    assert (package.name, package.card.visual_degrees) == ("my-v4", 8)
    assembly = package.dataset().assembly("v4", Locations(home=tmp_path), Silent())
    assert isinstance(assembly, ResponseAssembly)
    assert np.array_equal(assembly.responses, np.load(folder / "responses.npy"))


def test_what_lies_in_the_folder_is_described_without_being_given(folder: Path) -> None:
    (folder / "dataset.toml").unlink()
    (folder / "targets.csv").write_text("target_id\n" + "\n".join("abcde") + "\n")
    responses = "responses.npy: 12 stimuli x 3 repeats x 5 targets, in the order of the images"
    assert start(folder, Given(images=folder / "images", axes=AXES)).measured == (
        responses,
        "rdms.npz: 4 subjects, 12 stimuli, in the order of the images",
        "trials.csv: 36 trials of 3 observers",
    )
    assert check_folder(folder, Silent()).faults == ()
    assert set(read_package(folder).regions) == {"my-responses", "my-rdms", "my-trials"}


def test_axes_are_those_that_fit_or_must_be_stated(folder: Path, tmp_path: Path) -> None:
    stored = np.load(folder / "responses.npy")
    for number, (array, stated, expected) in enumerate(
        [
            (stored[:, 0], None, ["stimuli", "targets"]),
            (stored[:, 0].T, None, ["targets", "stimuli"]),
            (stored.transpose(2, 1, 0), ["targets", "repeats", "stimuli"], ["targets", "repeats", "stimuli"]),
        ]
    ):
        np.save(tmp_path / "betas.npy", array)
        target = tmp_path / f"package-{number}"
        start(target, Given(images=folder / "images", responses=tmp_path / "betas.npy", axes=stated))
        assert check_folder(target, Silent()).faults == ()
        (region,) = read_package(target).regions.values()
        assert region.axes == expected
    for shape, message in (
        ((12, 3, 5), "12 stimuli x 3 repeats x 5 targets or 12 stimuli x 3 targets x 5 repeats; say which: --axes s"),
        ((5, 12, 3), "--axes repeats,stimuli,targets or --axes targets,stimuli,repeats"),
        ((12, 12), "--axes stimuli,targets or --axes targets,stimuli"),
        ((11, 5), "has shape .11, 5., and there are 12 stimuli; give one for each"),
    ):
        np.save(tmp_path / "betas.npy", np.zeros(shape))
        with pytest.raises(InvalidDataError, match=message):
            start(tmp_path / "other", Given(images=folder / "images", responses=tmp_path / "betas.npy"))
    assert not (tmp_path / "other/dataset.toml").exists()


def test_an_empty_folder_gets_a_description_to_fill_in(tmp_path: Path) -> None:
    start(tmp_path / "new", Given())
    told = [str(fault) for fault in check_folder(tmp_path / "new", Silent()).faults]
    assert any("needs regions" in fault for fault in told)
    assert any("stimuli.csv: lists no stimulus" in fault for fault in told)
    uncommented = (tmp_path / "new/dataset.toml").read_text().replace("# [[", "[[")
    lines = [
        line[2:] if line.startswith(("# name", "# responses", "# region", "# metric")) else line
        for line in uncommented.splitlines()
    ]
    (tmp_path / "new/dataset.toml").write_text("\n".join(lines))
    assert not any("dataset.toml" in str(fault) for fault in check_folder(tmp_path / "new", Silent()).faults)


def test_nothing_that_is_there_is_overwritten(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(InvalidDataError, match="is there already"):
        start(folder, Given())
    with pytest.raises(InvalidDataError, match=r"nowhere.npy does not exist"):
        start(tmp_path / "new", Given(responses=tmp_path / "nowhere.npy"))
