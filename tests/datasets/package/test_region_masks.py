"""Packages that know where their targets lie: masks, atlases that split them, and what does not fit."""

from pathlib import Path

import numpy as np
import pytest
from brain_files import AFFINE, atlas, betas, marks, surface, volume
from meshes import mesh_file, sheet
from package_start import given_files

from brainrank.benchmark.types.assemblies import ResponseAssembly
from brainrank.benchmark.types.brain_space import Volume
from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.reporter import Silent
from brainrank.datasets.package.check import check_folder
from brainrank.datasets.package.package import read_package
from brainrank.datasets.package.region_masks import GivenMask
from brainrank.datasets.package.start import start

STIMULI = 12


@pytest.fixture
def files(folder: Path, tmp_path: Path) -> Path:
    """A mask, an atlas with its table, and betas of twelve stimuli on one grid; responses of the mask's voxels."""
    volume(tmp_path / "mask.nii.gz", marks())
    volume(tmp_path / "rois.nii.gz", atlas())
    (tmp_path / "rois.tsv").write_text("index\tname\n3\tV1\n7\thV4\n9\tIT\n0\tnothing\n")
    volume(tmp_path / "betas.nii.gz", betas(STIMULI))
    np.save(tmp_path / "responses.npy", betas(STIMULI)[marks() > 0].T[:, None].repeat(2, axis=1))
    np.save(tmp_path / "mask.npy", marks())
    np.savetxt(tmp_path / "affine.txt", AFFINE)
    return tmp_path


def assembly(package: Path, region: str) -> ResponseAssembly:
    found = read_package(package).dataset().assembly(region, Locations(home=package.parent), Silent())
    assert isinstance(found, ResponseAssembly)
    return found


@pytest.mark.parametrize("mask", [("mask.nii.gz", None), ("mask.npy", "affine.txt")])
def test_an_array_with_a_mask_knows_where_its_targets_lie(
    folder: Path, files: Path, mask: tuple[str, str | None]
) -> None:
    """Its axes need not be told: the mask says how many targets there are."""
    given = GivenMask(files / mask[0], files / mask[1] if mask[1] else None, "MNI152NLin6Asym")
    start(files / "p", given_files(images=folder / "images", responses=files / "responses.npy", masks=given))
    found = assembly(files / "p", "my-responses")
    assert found.positions is not None
    assert isinstance(found.positions.space, Volume)
    assert found.positions.space.name == "MNI152NLin6Asym"
    np.testing.assert_array_equal(found.positions.positions, np.flatnonzero(marks()))
    assert check_folder(files / "p", Silent()).faults == ()


def test_an_atlas_splits_responses_into_regions(folder: Path, files: Path) -> None:
    images = folder / "images"
    given = GivenMask(files / "mask.nii.gz", roi=files / "rois.nii.gz", roi_names=files / "rois.tsv")
    for name, source in (("of-volumes", "betas.nii.gz"), ("of-an-array", "responses.npy")):
        start(files / name, given_files(images=images, responses=files / source, masks=given))
        for region, label in (("v1", 3), ("hv4", 7)):
            found = assembly(files / name, region)
            assert found.positions is not None
            np.testing.assert_array_equal(found.positions.positions, np.flatnonzero(atlas() == label))
            assert found.positions.space.name == f"{name}-native"
            np.testing.assert_array_equal(found.responses[:, 0], betas(STIMULI)[atlas() == label].T)
    unnamed = GivenMask(roi=files / "rois.nii.gz")
    started = start(files / "all", given_files(images=images, responses=files / "betas.nii.gz", masks=unnamed))
    assert len(started.measured) == 3
    assert assembly(files / "all", "roi-9").responses.shape == (STIMULI, 1, 1)


def test_subjects_of_one_package_have_regions_of_their_own(folder: Path, files: Path) -> None:
    given = GivenMask(roi=files / "rois.nii.gz", roi_names=files / "rois.tsv")
    responses = {"sub-01": files / "betas.nii.gz", "sub-02": files / "betas.nii.gz"}
    start(files / "p", given_files(images=folder / "images", responses=responses, masks=given))
    spaces = {name: assembly(files / "p", f"{name}-v1").positions for name in responses}
    assert [each and each.space.name for each in spaces.values()] == ["p-sub-01-native", "p-sub-02-native"]


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        (GivenMask(), "needs --mask FILE"),
        (GivenMask(affine=Path("affine.txt")), "--affine says more of --mask, which is not given"),
        (GivenMask(space="MNI152"), "--space says more of --mask or --roi"),
        (GivenMask(Path("mask.nii.gz"), roi=Path("far.nii.gz")), "far.nii.gz does not fit the mask: the spaces differ"),
        (GivenMask(Path("mask.nii.gz"), roi=Path("empty.nii.gz")), "no region of .* has a target"),
        (GivenMask(roi=Path("rois.nii.gz"), roi_names=Path("other.tsv")), "other.tsv names 5, and .* has the labels 3"),
        (GivenMask(roi=Path("rois.nii.gz"), roi_names=Path("bad.tsv")), "needs one of numbers .* and one of names"),
        (GivenMask(roi=Path("rois.nii.gz"), roi_names=Path("word.tsv")), "line 2: 'three' is no label"),
        (GivenMask(roi=Path("rois.nii.gz"), roi_names=Path("twice.tsv")), "line 3: v1 has two labels"),
    ],
)
def test_what_does_not_fit_is_refused_and_nothing_is_written(
    folder: Path, files: Path, given: GivenMask, problem: str
) -> None:
    volume(files / "far.nii.gz", atlas(), AFFINE * 2)
    volume(files / "empty.nii.gz", np.where(atlas() == 9, 9, 0).astype(np.int16))
    for name, text in (
        ("other.tsv", "index\tname\n5\tV5\n"),
        ("bad.tsv", "a\tb\n1\t2\n"),
        ("word.tsv", "index\tname\nthree\tV1\n"),
        ("twice.tsv", "index,name\n3,V1\n7,v1\n"),
    ):
        (files / name).write_text(text)
    placed = GivenMask(*(files / each if isinstance(each, Path) else each for each in given))
    with pytest.raises(InvalidDataError, match=problem):
        start(files / "p", given_files(images=folder / "images", responses=files / "betas.nii.gz", masks=placed))
    assert not (files / "p").exists()


def test_a_mask_of_another_number_of_targets_is_a_fault(folder: Path, files: Path) -> None:
    given = given_files(
        images=folder / "images", responses=files / "responses.npy", masks=GivenMask(files / "mask.nii.gz")
    )
    start(files / "p", given)
    volume(files / "p/mask.nii.gz", (np.arange(24).reshape(4, 3, 2) < 4).astype(np.uint8))
    (fault,) = check_folder(files / "p", Silent()).faults
    assert str(fault) == "mask.nii.gz: marks 4 positions, and responses are of 10 targets; give one for each"
    (files / "p/mask.nii.gz").write_bytes(b"<html>")
    assert "mask.nii.gz: is not a readable file" in str(check_folder(files / "p", Silent()).faults[0]).replace(
        "  ", " "
    )


def test_a_hemisphere_is_a_region(folder: Path, tmp_path: Path) -> None:
    rows = np.random.default_rng(0).standard_normal((STIMULI, 6)).astype(np.float32)
    betas_file = surface(tmp_path / "betas.func.gii", rows, "CortexRight")
    mask = surface(tmp_path / "rh.gii", np.array([[0, 1, 1, 0, 0, 1]], np.float32), None)
    start(tmp_path / "p", given_files(images=folder / "images", responses=betas_file, masks=GivenMask(mask)))
    found = assembly(tmp_path / "p", "my-responses")
    assert found.positions is not None
    np.testing.assert_array_equal(found.positions.positions, [7, 8, 11])
    np.testing.assert_array_equal(found.responses[:, 0], rows[:, [1, 2, 5]])


def test_a_hemisphere_has_the_mesh_of_its_surface(folder: Path, tmp_path: Path) -> None:
    """The file is copied as it is, under a name that says the hemisphere."""
    rows = np.random.default_rng(0).standard_normal((STIMULI, 12)).astype(np.float32)
    betas_file = surface(tmp_path / "rh.func.gii", rows, None)
    mask = surface(tmp_path / "rh.gii", np.repeat([[0, 1]], 6).astype(np.float32)[None], None)
    mesh = mesh_file(tmp_path / "rh.mid.surf.gii", sheet(3, 4), None)
    images = folder / "images"
    start(tmp_path / "p", given_files(images=images, responses=betas_file, masks=GivenMask(mask, mesh=mesh)))
    assert (tmp_path / "p/mesh.rh.surf.gii").read_bytes() == mesh.read_bytes()
    found = assembly(tmp_path / "p", "my-responses").positions
    assert found is not None
    assert found.mesh is not None
    np.testing.assert_array_equal(found.mesh.vertices_of(found.positions), np.arange(6, 12))
    assert check_folder(tmp_path / "p", Silent()).faults == ()
    mesh_file(tmp_path / "p/mesh.rh.surf.gii", sheet(3, 5), None)
    (fault,) = check_folder(tmp_path / "p", Silent()).faults
    assert str(fault).startswith(
        "mesh.rh.surf.gii: has 15 vertices, and the right hemisphere of p-my-responses, 12 ver"
    )
    for given, problem in (
        (GivenMask(mesh=mesh), "--mesh says more of --mask, which is not given"),
        (GivenMask(mask, mesh=mesh_file(tmp_path / "lh.gii", sheet(3, 4), None)), "lh.gii is of the left hemisphere"),
        (GivenMask(mask, mesh=tmp_path / "nowhere.gii"), "nowhere.gii does not exist"),
    ):
        with pytest.raises(InvalidDataError, match=problem):
            start(tmp_path / "q", given_files(images=images, responses=betas_file, masks=given))
    with pytest.raises(InvalidDataError, match="--mesh says how responses are read; give their file with --responses"):
        start(tmp_path / "q", given_files(images=images, masks=GivenMask(mesh=mesh)))


def test_a_mesh_without_a_mask_is_a_fault(folder: Path) -> None:
    text = (folder / "dataset.toml").read_text()
    (folder / "dataset.toml").write_text(text.replace('"responses.npy"', '"responses.npy"\nmesh = "lh.surf.gii"'))
    faults = check_folder(folder, Silent()).faults
    assert "region 1: space and mesh are those of a mask, which is not given" in str(faults[0])
