"""MajajHong2015 and FreemanZiemba2013, from files written as Brain-Score's packaging writes them."""

import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from numpy.typing import NDArray

from brainrank.benchmark.types.errors import DataUnavailableError, InvalidDataError
from brainrank.benchmark.types.reporter import Silent
from brainrank.benchmark.types.timed_assemblies import TimedResponses
from brainrank.datasets import freemanziemba2013, majajhong2015

IDS = ["c0ffee", "00beef", "5ca1e5"]
# The third image was shown once more than the others, out of order.
SHOWN = ["5ca1e5", "c0ffee", "00beef", "5ca1e5", "00beef", "c0ffee", "5ca1e5"]
REGIONS = ["IT", "V4", "IT", "V4", "IT"]
NEUROIDS = ["Chabo_1", "Chabo_2", "Tito_1", "Tito_2", "Tito_3"]


def write_assembly(
    path: Path, data: NDArray[np.float64], *, bins: Sequence[int], image: str, compressed: bool, width: int = 0
) -> None:
    """As brainio's write_netcdf: indexes reset, string coordinates, a variable of the assembly's name or `data`."""
    assembly = xr.DataArray(
        data,
        dims=("neuroid", "presentation", "time_bin"),
        coords={
            "neuroid_id": ("neuroid", NEUROIDS),
            "region": ("neuroid", REGIONS),
            "animal": ("neuroid", [each.partition("_")[0] for each in NEUROIDS]),
            image: ("presentation", SHOWN),
            "repetition": ("presentation", [0, 0, 0, 1, 1, 1, 2]),
            "time_bin_start": ("time_bin", list(bins)),
            "time_bin_end": ("time_bin", [each + (width or (100 if len(bins) == 1 else 1)) for each in bins]),
        },
    )
    dataset = assembly.to_dataset(name="data" if compressed else "dicarlo.MajajHong2015.public")
    encoding: Any = {name: {"zlib": True, "complevel": 1} for name in dataset.variables} if compressed else None
    dataset.to_netcdf(path, engine="h5netcdf", encoding=encoding)


def write_stimuli(own: Any, study: str, table: str, archive: str, *, image: str) -> None:
    files = [f"{each}.png" for each in IDS]
    columns = {"object_name": ["bear", "NA", "bear"], "texture_family": ["327", "013", "13"], image: IDS}
    pd.DataFrame({**columns, "filename": files, "degrees": 8}).to_csv(own.path(study, table), index=False)
    with zipfile.ZipFile(own.path(study, archive), "w") as packed:
        # The zip may list its files in another order.
        for number, name in reversed(list(enumerate(files))):
            own.image("images", name, number)
            packed.write(own.path("images", name), name)


@pytest.fixture
def majajhong(own: Any) -> NDArray[np.float64]:
    data = np.random.default_rng(0).normal(size=(5, 7, 1))
    path = own.path("majajhong2015", majajhong2015.ASSEMBLY)
    write_assembly(path, data, bins=[70], image="image_id", compressed=False)
    write_stimuli(own, "majajhong2015", majajhong2015.TABLE, majajhong2015.IMAGES, image="image_id")
    return data


def test_majajhong_has_the_sites_of_a_region_with_their_repeats(own: Any, majajhong: NDArray[np.float64]) -> None:
    it = own.load(majajhong2015.DATASET, "it")
    assert it.stimulus_ids == tuple(IDS)
    assert it.targets == ("Chabo_1", "Tito_1", "Tito_3")
    np.testing.assert_array_equal(it.responses, own.expected(tuple(IDS), SHOWN, majajhong[[0, 2, 4], :, 0].T))
    assert it.groups == ("bear", "NA", "bear")
    v4 = own.load(majajhong2015.DATASET, "v4")
    assert v4.targets == ("Chabo_2", "Tito_2")
    np.testing.assert_array_equal(v4.responses, own.expected(tuple(IDS), SHOWN, majajhong[[1, 3], :, 0].T))


@pytest.fixture
def over_time(own: Any, majajhong: NDArray[np.float64]) -> NDArray[np.float64]:
    """Four bins of 20 ms; a site of V4 was not measured in one of them."""
    data = np.random.default_rng(2).normal(size=(5, 7, 4))
    data[1, 2, 3] = np.nan
    path = own.path("majajhong2015", majajhong2015.TIMED_ASSEMBLY)
    write_assembly(path, data, bins=[-10, 70, 80, 100], image="image_id", compressed=True, width=20)
    return data


def timed(own: Any, region: str) -> TimedResponses:
    loaded = majajhong2015.DATASET.load(region, own.locations, Silent())
    assert isinstance(loaded.assembly, TimedResponses)
    assert loaded.assembly.stimulus_ids == loaded.stimuli.ids
    return loaded.assembly


def test_majajhong_over_time_has_every_bin_by_its_middle(own: Any, over_time: NDArray[np.float64]) -> None:
    it = timed(own, "it-over-time")
    assert it.targets == ("Chabo_1", "Tito_1", "Tito_3")
    np.testing.assert_array_equal(it.times_ms, [0, 80, 90, 110])
    assert it.groups == ("bear", "NA", "bear")
    for time in range(4):
        expected = own.expected(tuple(IDS), SHOWN, over_time[[0, 2, 4], :, time].T)
        np.testing.assert_array_equal(it.at(time).responses, expected.astype(np.float32))


def test_a_site_without_a_response_in_some_bin_is_left_out(own: Any, over_time: NDArray[np.float64]) -> None:
    """Of the second image, shown twice, one response is enough; of none the site is not one."""
    path = own.path("majajhong2015", majajhong2015.TIMED_ASSEMBLY)
    assert timed(own, "v4-over-time").targets == ("Chabo_2", "Tito_2")
    over_time[1, 4, 3] = np.nan
    write_assembly(path, over_time, bins=[-10, 70, 80, 100], image="image_id", compressed=True, width=20)
    v4 = timed(own, "v4-over-time")
    assert v4.targets == ("Tito_2",)
    np.testing.assert_array_equal(
        v4.at(3).responses, own.expected(tuple(IDS), SHOWN, over_time[[3], :, 3].T).astype(np.float32)
    )
    over_time[3] = np.nan
    write_assembly(path, over_time, bins=[-10, 70, 80, 100], image="image_id", compressed=True, width=20)
    with pytest.raises(InvalidDataError, match="No target of v4-over-time"):
        timed(own, "v4-over-time")


def test_a_region_over_time_needs_its_own_assembly(own: Any, majajhong: NDArray[np.float64]) -> None:
    assert majajhong2015.DATASET.is_here("it", own.locations)
    assert not majajhong2015.DATASET.is_here("it-over-time", own.locations)
    path = own.path("majajhong2015", majajhong2015.TIMED_ASSEMBLY)
    write_assembly(path, majajhong, bins=[70], image="image_id", compressed=False)
    with xr.open_dataset(path, engine="h5netcdf") as stored:
        single = stored.load().isel(time_bin=0, drop=True)
    single.to_netcdf(path, engine="h5netcdf")
    with pytest.raises(InvalidDataError, match="no bins of time"):
        timed(own, "it-over-time")


def test_images_are_those_of_the_zip_by_name(own: Any, majajhong: NDArray[np.float64]) -> None:
    stimuli = majajhong2015.DATASET.stimuli("it", own.locations, Silent())
    assert stimuli.visual_degrees == 8
    for each in stimuli.stimuli:
        assert each.path.read_bytes() == own.path("images", f"{each.stimulus_id}.png").read_bytes()
        assert each.path.is_relative_to(own.locations.datasets)


def test_freemanziemba_averages_the_bins_from_50_to_200_ms(own: Any) -> None:
    data = np.random.default_rng(1).normal(size=(5, 7, 300))
    path = own.path("freemanziemba2013", freemanziemba2013.ASSEMBLY)
    regions = ["V1" if each == "IT" else "V2" for each in REGIONS]
    write_assembly(path, data, bins=range(300), image="stimulus_id", compressed=True)
    with xr.open_dataset(path, engine="h5netcdf") as stored:
        changed = stored.load().assign_coords(region=("neuroid", regions))
    changed.to_netcdf(path, engine="h5netcdf")
    files = freemanziemba2013.TABLE, freemanziemba2013.IMAGES
    write_stimuli(own, "freemanziemba2013", *files, image="stimulus_id")
    v2 = own.load(freemanziemba2013.DATASET, "v2")
    assert v2.targets == ("Chabo_2", "Tito_2")
    assert v2.groups is None, "three families: '013' is not '13'"
    np.testing.assert_allclose(
        v2.responses, own.expected(tuple(IDS), SHOWN, data[[1, 3], :, 50:200].mean(axis=2).T), rtol=1e-12
    )
    assert freemanziemba2013.DATASET.stimuli("v2", own.locations, Silent()).visual_degrees == 4


@pytest.mark.parametrize("name", [majajhong2015.ASSEMBLY, majajhong2015.TABLE, majajhong2015.IMAGES])
def test_a_missing_file_is_named_with_its_folder_and_page(own: Any, majajhong: object, name: str) -> None:
    own.path("majajhong2015", name).unlink()
    assert not majajhong2015.DATASET.is_here("it", own.locations)
    with pytest.raises(DataUnavailableError) as raised:
        majajhong2015.DATASET.load("it", own.locations, Silent())
    for part in (name, str(own.locations.studies / "majajhong2015"), "docs/datasets/majajhong2015.md"):
        assert part in str(raised.value)


def test_a_study_that_is_not_here_at_all_is_said_in_the_same_words_for_every_region(own: Any) -> None:
    said = set()
    for region in majajhong2015.DATASET.regions:
        with pytest.raises(DataUnavailableError) as raised:
            majajhong2015.DATASET.load(region, own.locations, Silent())
        said.add(str(raised.value))
    (message,) = said
    for part in (str(own.locations.studies / "majajhong2015"), "docs/datasets/majajhong2015.md", "BRAINRANK_STUDIES"):
        assert part in message


def test_what_is_no_assembly_is_said(own: Any, majajhong: NDArray[np.float64]) -> None:
    path = own.path("majajhong2015", majajhong2015.ASSEMBLY)
    load = majajhong2015.DATASET.assembly
    write_assembly(path, np.zeros((5, 7, 3)), bins=[0, 100, 200], image="image_id", compressed=False)
    with pytest.raises(InvalidDataError, match="3 time bins"):
        load("it", own.locations, Silent())
    with xr.open_dataset(path, engine="h5netcdf") as stored:
        changed = stored.load().assign_coords(region=("neuroid", ["V4"] * 5))
    changed.isel(time_bin=[0]).to_netcdf(path, engine="h5netcdf")
    with pytest.raises(InvalidDataError, match="no region 'IT'; it has V4"):
        load("it", own.locations, Silent())
    changed.drop_vars("region").to_netcdf(path, engine="h5netcdf")
    with pytest.raises(InvalidDataError, match="no coordinate region"):
        load("it", own.locations, Silent())
    path.write_bytes(b"<html>not found</html>")
    with pytest.raises(InvalidDataError, match="not a readable netCDF file"):
        load("it", own.locations, Silent())


def test_what_is_no_stimulus_set_is_said(own: Any, majajhong: NDArray[np.float64]) -> None:
    table, archive = (own.path("majajhong2015", name) for name in (majajhong2015.TABLE, majajhong2015.IMAGES))
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr("c0ffee.png", b"")
    with pytest.raises(InvalidDataError, match=r"lacks an image .*00beef.png"):
        majajhong2015.DATASET.stimuli("it", own.locations, Silent())
    archive.write_bytes(b"<html>not found</html>")
    with pytest.raises(InvalidDataError, match="not a readable zip file"):
        majajhong2015.DATASET.stimuli("it", own.locations, Silent())
    table.write_text("hash,name\n1,2\n")
    with pytest.raises(InvalidDataError, match=r"the columns hash, name; it needs stimulus_id"):
        majajhong2015.DATASET.stimuli("it", own.locations, Silent())


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("object_name", "object", "needs stimulus_id .* object_name"),
        ("00beef", "c0ffee", "line 3: a image_id that was there before"),
        ("NA,", ",", "line 3: no object_name"),
    ],
)
def test_a_table_without_its_groups_is_refused(
    own: Any, majajhong: NDArray[np.float64], old: str, new: str, message: str
) -> None:
    table = own.path("majajhong2015", majajhong2015.TABLE)
    table.write_text(table.read_text().replace(old, new, 1))
    with pytest.raises(InvalidDataError, match=message):
        majajhong2015.DATASET.assembly("it", own.locations, Silent())
