"""A package as a data set: what is loaded, in which order, and its digest."""

from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from brainrank.benchmark.types.assemblies import RdmAssembly, ResponseAssembly
from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.measure import Assembly
from brainrank.benchmark.types.reporter import Silent
from brainrank.benchmark.types.trials import BehaviouralAssembly
from brainrank.datasets.dataset import LoadedRegion
from brainrank.datasets.package.faults import InvalidPackageError
from brainrank.datasets.package.package import read_package, read_sums, sums_text
from brainrank.datasets.readers.rdms import read_rdms

TOML = "dataset.toml"
AXES = 'axes = ["stimuli", "repeats", "targets"]'


def load(folder: Path, region: str) -> LoadedRegion:
    return read_package(folder).dataset().load(region, Locations(home=folder / "home"), Silent())


def responses_of(folder: Path) -> np.ndarray:
    assembly: Assembly = load(folder, "v4").assembly
    assert isinstance(assembly, ResponseAssembly)
    return assembly.responses


def swap(folder: Path, file: str, old: str, new: str) -> None:
    text = (folder / file).read_text()
    assert old in text
    (folder / file).write_text(text.replace(old, new, 1))


def test_every_region_stands_on_the_stimuli_of_the_table_in_its_order(folder: Path) -> None:
    for region, kind in (("v4", ResponseAssembly), ("it", RdmAssembly), ("people", BehaviouralAssembly)):
        stimuli, assembly, training, _ = load(folder, region)
        assert isinstance(assembly, kind)
        assert stimuli.ids == tuple(f"im{number}" for number in range(12))
        assert set(assembly.stimulus_ids) == set(stimuli.ids)
        assert training is None
    assert load(folder, "v4").stimuli.digest == load(folder, "it").stimuli.digest
    assert np.array_equal(responses_of(folder), np.load(folder / "responses.npy"))


def test_axes_may_stand_in_any_order_and_repeats_may_lack(folder: Path) -> None:
    stored = np.load(folder / "responses.npy")
    np.save(folder / "responses.npy", stored.transpose(2, 0, 1))
    swap(folder, TOML, AXES, 'axes = ["targets", "stimuli", "repeats"]')
    assert np.array_equal(responses_of(folder), stored)
    np.save(folder / "responses.npy", stored[:, 0].T.astype(np.float32))
    swap(folder, TOML, ', "repeats"', "")
    assert np.array_equal(responses_of(folder), stored[:, :1].astype(np.float32))
    swap(folder, TOML, 'axes = ["targets", "stimuli"]\n', "")
    assert np.array_equal(responses_of(folder), stored[:, :1].astype(np.float32)), "one reading fits"


@pytest.mark.parametrize("engine", ["h5netcdf", "scipy"])
def test_netcdf_names_its_axes_and_is_aligned_by_stimulus_id(folder: Path, engine: str) -> None:
    stored = np.load(folder / "responses.npy")
    order = np.random.default_rng(3).permutation(12)
    array = xr.DataArray(
        stored[order].transpose(2, 0, 1),
        dims=("targets", "stimuli", "repeats"),
        coords={"stimulus_id": ("stimuli", [f"im{k}" for k in order]), "target_id": ("targets", list("abcde"))},
        name="betas",
    )
    array.to_netcdf(folder / "responses.nc", engine=engine)  # type: ignore[call-overload]
    swap(folder, TOML, f'"responses.npy"\n{AXES}', '"responses.nc"')
    assembly = load(folder, "v4").assembly
    assert isinstance(assembly, ResponseAssembly)
    assert assembly.targets == tuple("abcde")
    assert np.array_equal(assembly.responses, stored)
    array.assign_coords(stimulus_id=("stimuli", [f"im{k + 1}" for k in order])).to_netcdf(
        folder / "responses.nc",
        engine=engine,  # type: ignore[call-overload]
    )
    with pytest.raises(InvalidPackageError, match=r"its stimulus_id are no .*: im12 \(the table has im0\)"):
        load(folder, "v4")
    array.rename(stimuli="time").to_netcdf(folder / "responses.nc", engine=engine)  # type: ignore[call-overload]
    with pytest.raises(InvalidPackageError, match="needs one array with the dimensions stimuli and targets"):
        load(folder, "v4")


def test_rdms_are_aligned_by_stimulus_id(folder: Path) -> None:
    plain = read_rdms(folder / "rdms.npz").rdms
    first, second = np.triu_indices(12, k=1)
    square = np.zeros((4, 12, 12))
    square[:, first, second] = square[:, second, first] = plain
    order = np.random.default_rng(4).permutation(12)
    for names in ([f"im{k}" for k in order], [f"im{k}.png".encode() for k in order]):
        np.savez(folder / "rdms.npz", rdms=square[:, order[:, None], order], stimulus_ids=names)
        assembly = load(folder, "it").assembly
        assert isinstance(assembly, RdmAssembly)
        assert np.array_equal(assembly.rdms, plain)


def test_a_region_may_have_a_table_of_its_own(folder: Path) -> None:
    (folder / "few.csv").write_text("stimulus_id,file\nb,images/im1.png\na,images/im0.png\n")
    np.save(folder / "few.npy", np.arange(6.0).reshape(2, 3))
    swap(folder, TOML, f'"responses.npy"\n{AXES}', '"few.npy"\nstimuli = "few.csv"')
    stimuli, assembly, *_ = load(folder, "v4")
    assert stimuli.ids == assembly.stimulus_ids == ("b", "a")


def test_training_images_are_kept_apart_from_those_shown(folder: Path) -> None:
    rows = (folder / "stimuli.csv").read_text().splitlines()
    marked = [rows[0] + ",set,group"] + [f"{row},,{'g' if n == 0 else ''}" for n, row in enumerate(rows[1:])]
    marked += [f"t{n},images/im{n}.png,{'Cat' if n % 2 else 'dog'},training,{'g' if n == 0 else ''}" for n in range(6)]
    (folder / "stimuli.csv").write_text("\n".join(marked) + "\n")
    stimuli, _, training, _ = load(folder, "people")
    assert training is not None
    assert (len(stimuli), len(training.stimuli)) == (12, 6)
    assert training.categories == ("dog", "cat") * 3
    # Every training image is a copy of one shown: none is judged by a readout that saw it, group column or not.
    copies = {f"{kind}{n}": f"im{n}" for n in range(1, 6) for kind in ("im", "t")}
    assert training.group_of == {"im0": "g", "t0": "g"} | copies


def test_the_digest_is_of_all_files_and_of_nothing_else(folder: Path) -> None:
    before = read_package(folder)
    (folder / "notes.txt").write_text("not part of it")
    assert read_package(folder).digest == before.digest
    assert 0 <= before.version < 2**28
    assert before.version == int(before.digest[:7], 16)
    assert set(before.sums) == {
        *(f"images/im{number}.png" for number in range(12)),
        *("dataset.toml", "stimuli.csv", "responses.npy", "rdms.npz", "trials.csv"),
    }
    assert read_sums(sums_text(before.sums)) == before.sums
    np.save(folder / "responses.npy", np.load(folder / "responses.npy") + 1e-9)
    assert read_package(folder).digest != before.digest


def test_a_file_that_changed_after_it_was_read_is_refused(folder: Path) -> None:
    dataset = read_package(folder).dataset()
    (folder / "images/im3.png").write_bytes((folder / "images/im4.png").read_bytes())
    with pytest.raises(InvalidDataError, match="im3.png is not what it was"):
        dataset.load("v4", Locations(home=folder), Silent())


def test_a_list_of_sums_is_read_only_as_it_is_written() -> None:
    for text in ("abc  file\n", f"{'0' * 64} file\n", f"{'0' * 64}  b\n{'0' * 64}  a\n", "x"):
        with pytest.raises(InvalidDataError, match="SHA256SUMS"):
            read_sums(text)
