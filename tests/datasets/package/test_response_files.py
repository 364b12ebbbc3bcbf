"""Responses in every file that laboratories write: the same numbers for the same stimuli, or a refusal at once."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pandas as pd
import pytest
import scipy.io
import xarray as xr
from numpy.typing import NDArray
from package_start import given_files

from brainrank.benchmark.types.assemblies import ResponseAssembly
from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.reporter import Silent
from brainrank.datasets.package.check import check_folder
from brainrank.datasets.package.package import read_package
from brainrank.datasets.package.start import Started, start

AXES = ("stimuli", "repeats", "targets")
BETAS = np.random.default_rng(5).standard_normal((12, 3, 5))
ORDER = np.random.default_rng(6).permutation(12)
IDS = [f"im{k}" for k in ORDER]
SHUFFLED = BETAS[ORDER]
Write = Callable[[Path], object]


def made(folder: Path, tmp_path: Path, source: Path, **given: Any) -> tuple[Started, ResponseAssembly]:
    started = start(tmp_path / "made", given_files(images=folder / "images", responses=source, **given))
    assert check_folder(tmp_path / "made", Silent()).faults == ()
    (region,) = read_package(tmp_path / "made").regions
    assembly = read_package(tmp_path / "made").dataset().assembly(region, Locations(home=tmp_path), Silent())
    assert isinstance(assembly, ResponseAssembly)
    return started, assembly


def mat_v73(path: Path, words: bool = False, **arrays: NDArray[Any]) -> None:
    """As MATLAB writes -v7.3: HDF5 behind a block of 512 bytes, axes turned round, words as numbers by reference."""
    with h5py.File(path, "w", userblock_size=512) as file:
        for name, array in arrays.items():
            file.create_dataset(name, data=array.T).attrs["MATLAB_class"] = np.bytes_(b"double")
        if words:
            cells = file.create_dataset("stimulus_id", (1, 12), dtype=h5py.ref_dtype)
            cells.attrs["MATLAB_class"] = np.bytes_(b"cell")
            for place, label in enumerate(IDS):
                text = np.array([[ord(letter)] for letter in label], np.uint16)
                cells[0, place] = file.create_dataset(f"#refs#/{place}", data=text).ref
    content = bytearray(path.read_bytes())
    content[:19] = b"MATLAB 7.3 MAT-file"
    path.write_bytes(bytes(content))


@pytest.mark.parametrize(
    ("name", "write"),
    [
        ("betas.npy", lambda path: np.save(path, BETAS)),
        ("betas.npz", lambda path: np.savez(path, betas=BETAS)),
        ("betas.mat", lambda path: scipy.io.savemat(path, {"betas": BETAS, "TR": 2.0})),
        ("betas.mat", lambda path: mat_v73(path, betas=BETAS, TR=np.array([[2.0]]))),
        ("betas.h5", lambda path: h5py.File(path, "w").create_dataset("sub/betas", data=BETAS).file.close()),
    ],
)
def test_arrays_keep_their_numbers_and_order(folder: Path, tmp_path: Path, name: str, write: Write) -> None:
    write(tmp_path / name)
    with pytest.raises(InvalidDataError, match=f"{name} has shape .12, 3, 5., which may be .* say which: --axes"):
        start(tmp_path / "made", given_files(images=folder / "images", responses=tmp_path / name))
    started, assembly = made(folder, tmp_path, tmp_path / name, axes=AXES)
    assert started.measured == ("responses.npy: 12 stimuli x 3 repeats x 5 targets, in the order of the images",)
    np.testing.assert_array_equal(assembly.responses, BETAS)


@pytest.mark.parametrize(
    ("name", "write", "label"),
    [
        ("betas.npz", lambda path: np.savez(path, betas=SHUFFLED, stimulus_ids=IDS), "stimulus_ids"),
        ("betas.npz", lambda path: np.savez(path, betas=SHUFFLED, which=[f"{k}.png" for k in IDS]), "which"),
        (
            "betas.mat",
            lambda path: scipy.io.savemat(path, {"betas": SHUFFLED, "image_id": np.array(IDS, dtype=object)}),
            "image_id",
        ),
        ("betas.mat", lambda path: mat_v73(path, words=True, betas=SHUFFLED), "stimulus_id"),
    ],
)
def test_arrays_with_labels_are_put_in_order(folder: Path, tmp_path: Path, name: str, write: Write, label: str) -> None:
    write(tmp_path / name)
    started, assembly = made(folder, tmp_path, tmp_path / name, axes=AXES)
    assert started.measured == (
        f"responses.nc: 12 stimuli x 3 repeats x 5 targets, matched with the images by its {label}",
    )
    np.testing.assert_array_equal(assembly.responses, BETAS)


def table(**columns: Any) -> pd.DataFrame:
    return pd.DataFrame({**columns, **{f"v{k}": SHUFFLED[:, 0, k] for k in range(5)}})


@pytest.mark.parametrize(
    ("name", "write"),
    [
        ("betas.csv", lambda path: table(stimulus_id=IDS).to_csv(path, index=False)),
        ("betas.csv", lambda path: table(picture=[f"{k}.png" for k in IDS]).to_csv(path, index=False, sep=";")),
        ("betas.csv", lambda path: table().set_index(pd.Index(IDS)).to_csv(path)),
        ("betas.tsv", lambda path: table(image=IDS).to_csv(path, index=False, sep="\t")),
        ("betas.parquet", lambda path: table(image_id=IDS).to_parquet(path)),
        ("betas.parquet", lambda path: table().set_index(pd.Index(IDS, name="stimulus")).to_parquet(path)),
    ],
)
def test_tables_are_matched_by_their_words(folder: Path, tmp_path: Path, name: str, write: Write) -> None:
    write(tmp_path / name)
    _, assembly = made(folder, tmp_path, tmp_path / name)
    assert assembly.targets == ("v0", "v1", "v2", "v3", "v4")
    np.testing.assert_array_equal(assembly.responses, BETAS[:, :1])


def test_lines_of_one_stimulus_are_its_repeats(folder: Path, tmp_path: Path) -> None:
    lines = pd.DataFrame(BETAS.transpose(1, 0, 2).reshape(36, 5), columns=list("abcde"))
    lines.insert(0, "image", [f"im{k}" for k in range(12)] * 3)
    lines.drop(index=35).to_csv(tmp_path / "betas.csv", index=False)
    _, assembly = made(folder, tmp_path, tmp_path / "betas.csv")
    expected = BETAS.copy()
    expected[11, 2] = np.nan
    np.testing.assert_array_equal(assembly.responses, expected)


def array(**coordinates: Any) -> xr.DataArray:
    dims = coordinates.pop("dims", AXES)
    return xr.DataArray(SHUFFLED, dims=dims, coords=coordinates, name="betas")


@pytest.mark.parametrize(
    "given",
    [
        array(stimulus_id=("stimuli", IDS)),
        array(stimuli=IDS),
        array(image_id=("stimuli", IDS)),
        array(stimulus_id=("stimuli", np.array(IDS, dtype="S"))),
        array(presentation=[f"{each}.png" for each in IDS], dims=("presentation", "repetition", "neuroid")),
        array(filename=("image", [f"images/{each}.png" for each in IDS]), dims=("image", "repeats", "unit")),
        array(stimulus_id=("stimuli", IDS), category=("stimuli", ["a", "b"] * 6), contrast=("stimuli", np.ones(12))),
        array(**{"anything": ("stimuli", IDS), "number": ("stimuli", np.arange(12))}),
    ],
)
@pytest.mark.parametrize("engine", ["h5netcdf", "scipy"])
def test_netcdf_is_matched_by_whatever_names_the_stimuli(
    folder: Path, tmp_path: Path, given: xr.DataArray, engine: Any
) -> None:
    given.to_netcdf(tmp_path / "betas.nc", engine=engine)
    _, assembly = made(folder, tmp_path, tmp_path / "betas.nc")
    np.testing.assert_array_equal(assembly.responses, BETAS)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (array(stimulus_id=("stimuli", [f"x{k}" for k in IDS])), "its stimulus_id are no stimulus_id and no file"),
        (array(code=("stimuli", [f"x{k}" for k in IDS])), "its code are no stimulus_id and no file"),
        (array(image_id=("stimuli", ORDER)), "its image_id are no stimulus_id"),
        (array(a=("stimuli", IDS), b=("stimuli", IDS[::-1])), "a and b name different stimuli"),
        (array(stimulus_id=("stimuli", [*IDS[:11], IDS[0]])), "nothing of 1 stimulus of the table: "),
        (array(dims=("time", "repeats", "targets")), "needs one array with the dimensions stimuli and targets"),
    ],
)
def test_labels_that_are_not_understood_are_refused(
    folder: Path, tmp_path: Path, given: xr.DataArray, message: str
) -> None:
    given.to_netcdf(tmp_path / "betas.nc")
    with pytest.raises(InvalidDataError, match=message):
        start(tmp_path / "made", given_files(images=folder / "images", responses=tmp_path / "betas.nc"))


def test_numbers_from_nought_or_one_say_nothing(folder: Path, tmp_path: Path) -> None:
    for number, first in enumerate((0, 1)):
        given = xr.DataArray(BETAS, dims=AXES, coords={"stimuli": np.arange(12) + first}, name="betas")
        given.to_netcdf(tmp_path / "betas.nc")
        folder_of_it = tmp_path / str(number)
        folder_of_it.mkdir()
        started, assembly = made(folder, folder_of_it, tmp_path / "betas.nc")
        assert "in the order of the images" in started.measured[0]
        np.testing.assert_array_equal(assembly.responses, BETAS)


def renamed(folder: Path) -> None:
    """Call the stimuli by numbers that differ as text only."""
    lines = ["stimulus_id,file", *(f"{'00' if k < 6 else ''}{k % 6 + 1},images/im{k}.png" for k in range(12))]
    (folder / "stimuli.csv").write_text("\n".join(lines) + "\n")


def test_ids_are_text_in_every_file(folder: Path, tmp_path: Path) -> None:
    """'001' is not '1', as an id in a table, an archive and a netCDF file."""
    renamed(folder)
    (folder / "dataset.toml").unlink()
    (folder / "responses.npy").unlink()
    ids = [*(f"00{k}" for k in range(1, 7)), *(f"{k}" for k in range(1, 7))]
    values = BETAS[:, 0]
    order = np.random.default_rng(8).permutation(12)
    shuffled_ids = [ids[k] for k in order]
    frame = pd.DataFrame(values[order], columns=["1.1", "1.10", "007", "7", "NA"])
    frame.insert(0, "stimulus_id", shuffled_ids)
    frame.to_csv(tmp_path / "betas.csv", index=False)
    np.savez(tmp_path / "betas.npz", betas=values[order], stimulus_ids=shuffled_ids)
    for name in ("betas.csv", "betas.npz"):
        start(folder, given_files(responses=tmp_path / name, region="v4"))
        assembly = read_package(folder).dataset().assembly("v4-responses", Locations(home=tmp_path), Silent())
        assert isinstance(assembly, ResponseAssembly)
        np.testing.assert_array_equal(assembly.responses[:, 0], values)
        if name == "betas.csv":
            assert assembly.targets == ("1.1", "1.10", "007", "7", "NA")
        (folder / "dataset.toml").unlink()
        (folder / "responses.nc").unlink()


@pytest.mark.parametrize(
    ("name", "write", "given", "message"),
    [
        ("betas.xlsx", lambda path: path.write_bytes(b"PK"), {}, "is of no kind that is read"),
        ("betas.npy", lambda path: path.write_text("no array"), {}, "betas.npy is damaged"),
        ("betas.npz", lambda path: path.write_bytes(b"PK\3\4"), {}, "betas.npz"),
        ("betas.mat", lambda path: path.write_text("MATLAB"), {}, "betas.mat is damaged"),
        ("betas.h5", lambda path: path.write_text("no"), {}, "betas.h5 is damaged"),
        ("betas.csv", lambda path: path.write_text(""), {}, "not a readable table"),
        ("betas.csv", lambda path: np.savetxt(path, BETAS[:, 0], delimiter=","), {}, "numbers in its first line"),
        ("betas.csv", lambda path: path.write_text("image,v,v\nim0,1,2\n"), {}, "has v twice"),
        ("betas.csv", lambda path: path.write_text("image,v\nim0,1,2\n"), {}, "more values in a line than headings"),
        ("betas.csv", lambda path: table(unit=range(12)).to_csv(path, index=False), {}, "has a column unit; write a"),
        ("betas.csv", lambda path: table(session=range(12)).to_csv(path, index=False), {}, "session, which is no"),
        ("betas.csv", lambda path: table().to_csv(path), {}, "numbers without a heading in column 1"),
        ("betas.csv", lambda path: table().to_csv(path, index=False), {"axes": ("targets", "stimuli")}, "is a table"),
        ("betas.csv", lambda path: table().to_csv(path, index=False), {"variable": "x"}, "has no variables"),
        ("betas.npz", lambda path: np.savez(path, a=BETAS, b=BETAS), {"axes": AXES}, "say which with --variable"),
        ("betas.npz", lambda path: np.savez(path, a=BETAS), {"variable": "b"}, "no variable 'b'; it holds a .12, 3, 5"),
        ("betas.npz", lambda path: np.savez(path, a=BETAS, w=["x", "y"]), {"axes": AXES}, "w, 2 values, which fit no"),
        ("betas.npz", lambda path: np.savez(path, a=BETAS), {"axes": ("stimuli", "targets")}, "3 axes; --axes names"),
        ("betas.npz", lambda path: np.savez(path, a=["x"]), {}, "0 arrays that may be the responses"),
        ("betas.npy", lambda path: np.save(path, BETAS[:11, 0]), {}, "has shape .11, 5., and there are 12 stimuli"),
        ("betas.nc", lambda path: array().to_netcdf(path), {"axes": AXES}, "names its own axes"),
        ("betas.nc", lambda path: path.write_text("no"), {}, "not a readable netCDF file"),
    ],
)
def test_what_cannot_be_read_is_refused_at_once(
    folder: Path, tmp_path: Path, name: str, write: Write, given: dict[str, Any], message: str
) -> None:
    write(tmp_path / name)
    with pytest.raises(InvalidDataError, match=message):
        start(tmp_path / "made", given_files(images=folder / "images", responses=tmp_path / name, **given))
    assert not (tmp_path / "made/dataset.toml").exists()


def test_a_variable_may_be_named(folder: Path, tmp_path: Path) -> None:
    np.savez(tmp_path / "betas.npz", noise=np.zeros((12, 5)), betas=BETAS[:, 0], sites=["x", "y"])
    _, assembly = made(folder, tmp_path, tmp_path / "betas.npz", variable="betas")
    np.testing.assert_array_equal(assembly.responses[:, 0], BETAS[:, 0])


def test_what_other_files_are_for_is_asked_for(folder: Path, tmp_path: Path) -> None:
    for key, name, message in (
        ("rdms", "rdms.txt", r"is of no kind that is read \(.h5, .hdf5, .mat, .npy, .npz\)"),
        ("trials", "trials.xlsx", r"is no table of trials \(.csv, .tsv, .txt\); save it as one"),
    ):
        (tmp_path / name).write_text("x")
        with pytest.raises(InvalidDataError, match=message):
            start(tmp_path / "made", given_files(images=folder / "images", **{key: tmp_path / name}))
    with pytest.raises(InvalidDataError, match="--axes says how responses are read; give their file with --responses"):
        start(tmp_path / "made", given_files(images=folder / "images", axes=AXES))
