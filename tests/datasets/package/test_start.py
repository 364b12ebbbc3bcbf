"""What `init` makes of what it is given: a description that is in order as it stands."""

from pathlib import Path

import h5py
import nibabel
import numpy as np
import pytest
import scipy.io
from package_start import given_files

from brainrank.benchmark.types.assemblies import RdmAssembly, ResponseAssembly
from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.reporter import Silent
from brainrank.benchmark.types.trials import BehaviouralAssembly
from brainrank.datasets.package.check import check_folder
from brainrank.datasets.package.package import read_package
from brainrank.datasets.package.region_masks import GivenMask
from brainrank.datasets.package.start import start

AXES = ("stimuli", "repeats", "targets")


def test_images_and_responses_become_a_package_in_order(folder: Path, tmp_path: Path) -> None:
    target = tmp_path / "My V4"
    given = given_files(
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
    assert start(folder, given_files(images=folder / "images", axes=AXES)).measured == (
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
        start(target, given_files(images=folder / "images", responses=tmp_path / "betas.npy", axes=stated))
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
            start(tmp_path / "other", given_files(images=folder / "images", responses=tmp_path / "betas.npy"))
    assert not (tmp_path / "other/dataset.toml").exists()


def test_an_empty_folder_gets_a_description_to_fill_in(tmp_path: Path) -> None:
    start(tmp_path / "new", given_files())
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
        start(folder, given_files())
    with pytest.raises(InvalidDataError, match=r"nowhere.npy does not exist"):
        start(tmp_path / "new", given_files(responses=tmp_path / "nowhere.npy"))


def snapshot(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_regions_and_subjects_come_together_and_more_are_added(folder: Path, tmp_path: Path) -> None:
    stored = np.load(folder / "responses.npy")
    np.save(tmp_path / "a.npy", stored[:, 0])
    scipy.io.savemat(tmp_path / "b.mat", {"betas": stored[:, 1]})
    target = tmp_path / "mine"
    regions = {"sub01-v1": tmp_path / "a.npy", "sub01-IT": tmp_path / "b.mat"}
    told = start(target, given_files(images=folder / "images", responses=regions)).measured
    assert told[1] == "responses-sub01-it.npy: 12 stimuli x 5 targets, in the order of the images"
    more = given_files(responses={"sub02-v1": folder / "responses.npy"}, axes=AXES, rdms=folder / "rdms.npz")
    assert len(start(target, more).measured) == 2
    assert check_folder(target, Silent()).faults == ()
    package = read_package(target)
    assert set(package.regions) == {"sub01-v1", "sub01-it", "sub02-v1", "my-rdms"}
    assembly = package.dataset().assembly("sub01-it", Locations(home=tmp_path), Silent())
    assert isinstance(assembly, ResponseAssembly)
    np.testing.assert_array_equal(assembly.responses[:, 0], stored[:, 1])


def test_a_name_keeps_its_letters_without_their_accents(folder: Path, tmp_path: Path) -> None:
    start(tmp_path / "Étude Nº1", given_files(images=folder / "images", rdms=folder / "rdms.npz"))
    card = read_package(tmp_path / "Étude Nº1").card
    assert (card.name, card.title) == ("etude-no1", "Étude Nº1, 12 images")
    start(tmp_path / "视觉", given_files(images=folder / "images", rdms=folder / "rdms.npz"))
    assert read_package(tmp_path / "视觉").card.name == "my-data"


def test_rdms_come_from_matlab_and_from_arrays(folder: Path, tmp_path: Path) -> None:
    pairs = np.load(folder / "rdms.npz")["rdms"]
    square = np.zeros((12, 12, 4))
    first, second = np.triu_indices(12, k=1)
    square[first, second] = square[second, first] = pairs.T
    scipy.io.savemat(tmp_path / "squares.mat", {"RDMs": square, "note": "x"})
    np.save(tmp_path / "condensed.npy", pairs)
    np.save(tmp_path / "one.npy", pairs[0])
    kinds = [("RDM", object), ("name", object)]
    structures = np.array([(square[..., k], f"s{k}") for k in range(4)], dtype=kinds)
    scipy.io.savemat(tmp_path / "toolbox.mat", {"RDMs": structures})
    with h5py.File(tmp_path / "newest.mat", "w", userblock_size=512) as stored:
        stored["RDM"] = square.T
        stored["RDM"].attrs["MATLAB_class"] = np.bytes_("double")
    with (tmp_path / "newest.mat").open("r+b") as file:
        file.write(b"MATLAB 7.3 MAT-file".ljust(128))
    for name in ("squares.mat", "condensed.npy", "one.npy", "toolbox.mat", "newest.mat"):
        target = tmp_path / Path(name).stem
        start(target, given_files(images=folder / "images", rdms=tmp_path / name, region="it"))
        found = read_package(target).dataset().assembly("it", Locations(home=tmp_path), Silent())
        assert isinstance(found, RdmAssembly)
        np.testing.assert_allclose(found.rdms, pairs[:1] if name == "one.npy" else pairs)
        assert found.subjects == (
            ("s0", "s1", "s2", "s3") if name == "toolbox.mat" else tuple("1234"[: len(found.rdms)])
        )


def test_voxels_of_a_mask_are_responses(folder: Path, tmp_path: Path) -> None:
    volumes = np.random.default_rng(0).random((3, 4, 2, 12))
    mask = np.zeros((3, 4, 2), dtype=np.uint8)
    mask[1] = 1
    nibabel.save(nibabel.Nifti1Image(volumes, np.eye(4)), tmp_path / "betas.nii.gz")
    nibabel.save(nibabel.Nifti1Image(mask, np.eye(4)), tmp_path / "mask.nii.gz")
    given = given_files(
        images=folder / "images",
        responses=tmp_path / "betas.nii.gz",
        masks=GivenMask(tmp_path / "mask.nii.gz"),
        region="v1",
    )
    assert "12 stimuli x 8 targets" in start(tmp_path / "made", given).measured[0]
    found = read_package(tmp_path / "made").dataset().assembly("v1", Locations(home=tmp_path), Silent())
    assert isinstance(found, ResponseAssembly)
    np.testing.assert_allclose(found.responses[:, 0], volumes[mask > 0].T)
    with pytest.raises(InvalidDataError, match="needs --mask FILE"):
        start(tmp_path / "other", given._replace(masks=GivenMask()))


def test_trials_of_an_experiment_become_plain_ones(folder: Path, tmp_path: Path) -> None:
    lines = ["participant;trial_index;stimulus;response;correct_response;rt;contrast"]
    lines += [
        f"{who};{k};img/im{k}.png;{'cat' if k % 3 else 'null'};cat;{400 + k};0.5" for who in "ab" for k in range(12)
    ]
    (tmp_path / "jspsych.csv").write_text("\n".join(lines) + "\n")
    given = given_files(images=folder / "images", trials=tmp_path / "jspsych.csv", region="people")
    with pytest.raises(InvalidDataError, match="unknown columns 'contrast'.*--columns condition=COLUMN"):
        start(tmp_path / "made", given)
    assert not (tmp_path / "made").exists()
    start(tmp_path / "made", given._replace(columns={"condition": "contrast"}))
    assert check_folder(tmp_path / "made", Silent()).faults == ()
    found = read_package(tmp_path / "made").dataset().assembly("people", Locations(home=tmp_path), Silent())
    assert isinstance(found, BehaviouralAssembly)
    assert (found.observers, found.conditions) == (("a", "b"), ("0.5",))
    assert found.stimulus_ids == tuple(sorted(f"im{k}" for k in range(12)))
    assert found.correct.sum() == 16
    assert found.reaction_time_s is not None
    assert found.reaction_time_s.max() == pytest.approx(0.411)


REFUSED: dict[str, tuple[dict[str, object], str]] = {
    "eleven": ({"rdms": "eleven.npz"}, "is of 11 stimuli, and there are 12 images"),
    "unlisted": ({"trials": "trials.csv"}, "line 2: stimulus 'x' is not listed"),
    "targets": ({"responses": "flat.npy", "targets": "targets.csv"}, "lists 1 targets; responses.npy has 5"),
    "missing": ({"responses": "missing.npy"}, "has no repeat but NaN"),
    "columns": ({"responses": "flat.npy", "columns": {}}, "--columns says how trials are read"),
}


def test_a_table_of_trials_that_lies_there_stays_as_it_is(folder: Path) -> None:
    for path in (folder / "dataset.toml", folder / "rdms.npz", folder / "responses.npy"):
        path.unlink()
    header, *lines = (folder / "trials.csv").read_text().splitlines()
    written = "\n".join([f"{header},frameRate", *(f"{line},60" for line in lines)])
    (folder / "trials.csv").write_text(written)
    start(folder, given_files(images=folder / "images"))
    assert (folder / "trials.csv").read_text() == written
    assert check_folder(folder, Silent()).faults == ()
    (folder / "dataset.toml").unlink()
    stated = given_files(images=folder / "images", columns={"response": "frameRate"})
    with pytest.raises(
        InvalidDataError, match=r"trials.csv would be written over by what is read of it; give it anoth"
    ):
        start(folder, stated)
    assert (folder / "trials.csv").read_text() == written


@pytest.mark.parametrize("name", ["images/im3.png", "targets.csv"])
def test_files_of_the_folder_are_not_replaced_by_others(name: str, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "mine.csv").write_text("target_id\n" + "\n".join("abcde") + "\n")
    target = tmp_path / "mine"
    (target / name).parent.mkdir(parents=True)
    (target / name).write_text("another")
    given = given_files(
        images=folder / "images", responses=folder / "responses.npy", axes=AXES, targets=tmp_path / "mine.csv"
    )
    with pytest.raises(InvalidDataError, match=f"{name} is there already and is not .*; remove one of the two"):
        start(target, given)
    assert snapshot(target) == {name: b"another"}


@pytest.mark.parametrize("case", REFUSED)
def test_what_does_not_fit_is_refused_and_nothing_is_left(case: str, folder: Path, tmp_path: Path) -> None:
    flat = np.random.default_rng(0).random((12, 5))
    np.save(tmp_path / "flat.npy", flat)
    np.save(tmp_path / "missing.npy", np.where(flat == flat[3, 3], np.nan, flat))
    np.savez(tmp_path / "eleven.npz", rdms=np.ones((2, 55)))
    (tmp_path / "trials.csv").write_text("observer,stimulus_id,response,category\na,x,cat,cat\n")
    (tmp_path / "targets.csv").write_text("target_id\none\n")
    given, message = REFUSED[case]
    paths = {key: tmp_path / value if isinstance(value, str) else value for key, value in given.items()}
    with pytest.raises(InvalidDataError, match=message):
        start(tmp_path / "new", given_files(images=folder / "images", **paths))  # type: ignore[arg-type]
    assert not (tmp_path / "new").exists()
    start(tmp_path / "old", given_files(images=folder / "images", responses=folder / "responses.npy", axes=AXES))
    before = snapshot(tmp_path / "old")
    with pytest.raises(InvalidDataError):
        start(tmp_path / "old", given_files(**paths))  # type: ignore[arg-type]
    assert snapshot(tmp_path / "old") == before
