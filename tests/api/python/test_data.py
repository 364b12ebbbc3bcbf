"""`brainrank.data`: the same faults, defaults and scores as of the same data in a package."""

import gc
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
import xarray
from PIL import Image

import brainrank as br
from brainrank.api.db.engine import open_database, transaction
from brainrank.api.services.runs.score_models import Machine, Outcome, score_all
from brainrank.benchmark.types.activations import DEFAULT_EXTRACTION
from brainrank.benchmark.types.assemblies import ResponseAssembly
from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.reporter import Silent
from brainrank.benchmark.types.score import Score
from brainrank.models_zoo.catalogue import find_model

STIMULI, TARGETS = 24, 4
DESCRIPTION = """\
name = "mine"
title = "Mine"
citation = "unpublished"
licence = "none"
access = "private"

[[regions]]
name = "v4"
responses = "responses.npy"
axes = ["stimuli", "repeats", "targets"]

[[regions]]
name = "it"
rdms = "rdms.npz"

[[benchmarks]]
region = "v4"
metric = "encoding"

[[benchmarks]]
region = "it"
metric = "rsa"
"""


@pytest.fixture
def images(tmp_path: Path) -> Path:
    folder, rng = tmp_path / "images", np.random.default_rng(0)
    folder.mkdir()
    for number in range(1, STIMULI + 1):
        pixels = rng.integers(0, 255, (16, 16, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / f"im{number}.png")
    return folder


@pytest.fixture
def responses() -> np.ndarray:
    return np.random.default_rng(1).standard_normal((STIMULI, 3, TARGETS))


@pytest.fixture
def rdms() -> np.ndarray:
    return np.random.default_rng(2).random((3, STIMULI * (STIMULI - 1) // 2))


def score(own: br.OwnData, folder: Path) -> list[Score]:
    begin = partial(transaction, open_database(f"sqlite:///{folder}/runs.db"))
    locations = Locations(folder)
    machine = Machine(own.catalogue, begin, locations, "cpu", DEFAULT_EXTRACTION)
    wanted = list(own.catalogue.benchmarks.values())
    found = score_all([find_model("pixels")], wanted, machine, again=True, start_run=str, reporter=Silent())
    return [outcome.run.score for outcome in found if isinstance(outcome, Outcome)]


def test_a_score_is_that_of_the_same_data_in_a_package(
    tmp_path: Path, images: Path, responses: np.ndarray, rdms: np.ndarray
) -> None:
    np.save(tmp_path / "responses.npy", responses)
    np.savez(tmp_path / "rdms.npz", rdms=rdms)
    rows = [f"im{number},images/im{number}.png,{(number - 1) // 2}" for number in range(1, STIMULI + 1)]
    (tmp_path / "stimuli.csv").write_text("\n".join(["stimulus_id,file,group", *rows]) + "\n")
    (tmp_path / "dataset.toml").write_text(DESCRIPTION)
    packed = br.open_data(tmp_path)
    groups = np.arange(STIMULI) // 2
    memory = br.data(
        images, {"v4": responses}, axes=("stimuli", "repeats", "targets"), rdms={"it": rdms}, groups=groups, name="mine"
    )
    assert memory.benchmarks == packed.benchmarks == ("mine.v4.encoding", "mine.it.rsa")
    of_package, of_memory = score(packed, tmp_path / "a"), score(memory, tmp_path / "b")
    assert of_package == of_memory
    assert all(np.isfinite(each.value) for each in of_memory)


def test_pictures_in_memory_are_there_as_long_as_the_data(tmp_path: Path, images: Path, responses: np.ndarray) -> None:
    files = [images / f"im{number}.png" for number in range(1, STIMULI + 1)]
    pictures = np.stack([np.asarray(Image.open(file)) for file in files])
    of_files = br.data({str(k): file for k, file in enumerate(files)}, responses[:, 0])
    of_arrays = br.data(pictures, responses[:, 0])
    assert score(of_files, tmp_path / "a")[0].value == score(of_arrays, tmp_path / "b")[0].value
    region = of_arrays.catalogue.dataset("my-data").load("responses", Locations(tmp_path), Silent())
    path = region.stimuli.stimuli[0].path
    assert path.is_file()
    del of_arrays
    gc.collect()
    assert not path.exists()


def frame(responses: np.ndarray) -> pd.DataFrame:
    ids = [f"im{number}" for number in range(1, STIMULI + 1)]
    return pd.DataFrame(responses[:, 0], index=ids, columns=list("abcd"))


def assembly(own: br.OwnData, region: str = "responses") -> ResponseAssembly:
    found = own.catalogue.dataset("my-data").assembly(region, Locations(Path()), Silent())
    assert isinstance(found, ResponseAssembly)
    return found


def test_arrays_come_in_every_form_and_labels_bring_them_into_order(images: Path, responses: np.ndarray) -> None:
    named = frame(responses)
    turned = named.sample(frac=1, random_state=0)
    coordinates = {"image_id": ("image", list(turned.index)), "neuroid": list("abcd")}
    forms = {
        "array": responses[:, 0],
        "list": responses[:, 0].tolist(),
        "tensor": torch.from_numpy(responses[:, 0]),
        "masked": np.ma.masked_array(responses[:, 0]),
        "frame": named,
        "shuffled": turned,
        "column of ids": turned.reset_index(names="filename"),
        "xarray": xarray.DataArray(turned.to_numpy(), dims=("image", "neuroid"), coords=coordinates),
    }
    for form, given in forms.items():
        found = assembly(br.data(images, given))
        np.testing.assert_array_equal(found.responses[:, 0], responses[:, 0], err_msg=form)
        numbered = form in {"array", "list", "tensor", "masked"}
        assert found.targets == (tuple(f"target-{k}" for k in range(1, 5)) if numbered else tuple("abcd")), form


def test_several_regions_targets_and_groups(images: Path, responses: np.ndarray) -> None:
    groups = {f"im{number}": "pair" for number in (1, 2)}
    targets = pd.DataFrame({"target_id": list("wxyz"), "depth": range(4)})
    own = br.data(images, {"V1": responses[:, 0], "sub-02 it": responses[:, 1]}, targets=targets, groups=groups)
    assert own.benchmarks == ("my-data.v1.encoding", "my-data.sub-02-it.encoding")
    found = assembly(own, "v1")
    assert found.targets == tuple("wxyz")
    assert found.groups is not None
    assert found.groups[:3] == ("pair", "pair", "im3")


REFUSED: dict[str, tuple[dict[str, object], str]] = {
    "nothing": ({}, "Nothing was measured"),
    "axes": ({"responses": np.zeros((STIMULI, 3, 4))}, 'say which: axes=."stimuli", "repeats", "targets".'),
    "wrong axes": ({"responses": np.zeros((STIMULI, 4)), "axes": "stimuli,voxels"}, "name stimuli and targets"),
    "too few": ({"responses": np.zeros((23, 4))}, "has shape .23, 4., and there are 24 stimuli"),
    "missing": ({"responses": np.full((STIMULI, 4), np.nan)}, "every value is NaN"),
    "words": ({"responses": np.full((STIMULI, 4), "x")}, "give an array of numbers"),
    "labels": (
        {"responses": pd.DataFrame(np.ones((STIMULI, 2)), index=[f"x{k}" for k in range(24)])},
        "are no stimulus_id",
    ),
    "targets": ({"responses": np.ones((STIMULI, 4)), "targets": list("abc")}, "lists 3 targets; responses has 4"),
    "column": ({"responses": np.ones((STIMULI, 4)), "targets": pd.DataFrame({"id": range(4)})}, "no column target_id"),
    "groups": ({"responses": np.ones((STIMULI, 4)), "groups": {"im99": 1}}, "names im99, which is no stimulus"),
    "metric": ({"responses": np.ones((STIMULI, 4)), "metric": "encodign"}, "did you mean encoding"),
    "misfit": ({"rdms": np.ones(276), "metric": "encoding"}, "encoding needs responses"),
    "parameter": ({"rdms": np.ones(276), "parameters": {"draw": 3}}, "did you mean draws"),
    "crossnobis": (
        {
            "responses": np.random.default_rng(0).random((STIMULI, 4)),
            "metric": "rsa",
            "parameters": {"dissimilarity": "crossnobis"},
        },
        "needs 2 repeats of each stimulus",
    ),
    "rdms": ({"rdms": np.ones((3, 10))}, "is of 5 stimuli; images lists 24"),
    "square": ({"rdms": np.ones((24, 24))}, "is not zero on its diagonal"),
    "study": ({"rdms": np.ones(276), "name": "cichy2014"}, "is a study of brainrank"),
    "degrees": ({"rdms": np.ones(276), "visual_degrees": -3}, "visual_degrees: -3; give a number above 0"),
    "degrees in words": ({"rdms": np.ones(276), "visual_degrees": "eight"}, "visual_degrees: 'eight'; give a number"),
    "file": ({"responses": "nowhere.mat"}, "nowhere.mat does not exist"),
    "trials": ({"trials": pd.DataFrame({"who": ["a"]})}, 'columns={"observer": "COLUMN"}'),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_does_not_fit_is_refused_with_the_way(case: str, images: Path) -> None:
    given, message = REFUSED[case]
    with pytest.raises(br.BrainrankError, match=message):
        br.data(images, **given)  # type: ignore[arg-type]


def test_rsa_and_cka_of_responses(tmp_path: Path, images: Path, responses: np.ndarray) -> None:
    axes = ("stimuli", "repeats", "targets")
    own = br.data(images, responses, axes=axes, metric=("rsa", "cka"), parameters={"draws": 40})
    assert own.benchmarks == ("my-data.responses.rsa", "my-data.responses.cka")
    assert all(np.isfinite(each.value) for each in score(own, tmp_path))
    crossed = br.data(images, responses, axes=axes, metric="rsa", parameters={"dissimilarity": "crossnobis"})
    assert score(crossed, tmp_path)[0].value != score(own, tmp_path)[0].value


def test_other_content_has_another_version(images: Path, responses: np.ndarray) -> None:
    def version(given: np.ndarray, **more: object) -> int:
        own = br.data(images, given, axes=("stimuli", "repeats", "targets"), **more)  # type: ignore[arg-type]
        return next(iter(own.catalogue.benchmarks.values())).version

    assert version(responses) == version(responses.copy())
    assert version(responses) != version(responses + 1)
    assert version(responses) != version(responses, groups=np.arange(STIMULI) // 2)


def test_data_show_their_shape_targets_and_ceiling(images: Path, responses: np.ndarray) -> None:
    own = br.data(images, frame(responses))
    assert "my-data.responses.encoding: 24 stimuli" in repr(own)
    assert "(a, b, c, ...)" in repr(own)
    assert "<td>my-data.responses.encoding</td>" in own._repr_html_()
    same = [Path(images / "im1.png"), *(images / f"copy{k}.png" for k in range(3))]
    for path in same[1:]:
        path.write_bytes(same[0].read_bytes())
    more = np.vstack([responses[:, 0], responses[:3, 0]])
    assert any("same pixels" in each for each in br.data(images, more).warnings)


def named_images() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(0)
    return {str(number): rng.integers(0, 256, (16, 16, 3), dtype=np.uint8) for number in range(12)}


def judged() -> pd.DataFrame:
    """For each of thirty triplets of images, the first one is odd; twice, by two people."""
    names = [str(number) for number in range(12)]
    rows = [(names[n], names[(n + k) % 12], names[(n + k + 1) % 12], names[n]) for n in range(10) for k in (1, 3, 5)]
    return pd.DataFrame(
        [(*row, subject) for row in rows for subject in "ab"], columns=["image1", "image2", "image3", "odd", "subject"]
    )


def test_odd_one_out_judgements_come_from_a_frame_rows_columns_or_a_file(tmp_path: Path) -> None:
    frame = judged()
    frame.to_csv(tmp_path / "triplets.csv", index=False)
    images = named_images()
    columns = {name: list(frame[name]) for name in frame}
    given = [frame, frame.to_dict("records"), columns, tmp_path / "triplets.csv"]
    found = [br.data(images, triplets=each, name="odd") for each in given]
    assert [each.benchmarks for each in found] == [("odd.triplets.odd-one-out",)] * 4
    scores = [br.score("pixels", each, progress=False).frame()["value"].item() for each in found]
    assert len(set(scores)) == 1
    assert 0 <= scores[0] <= 1


def test_judgements_that_do_not_fit_are_told_by_row() -> None:
    images = named_images()
    with pytest.raises(br.BrainrankError, match=r"triplets, line 2: odd is 'nobody'"):
        br.data(images, triplets=judged().assign(odd=lambda rows: ["0", "nobody", *rows["odd"][2:]]))
    with pytest.raises(br.BrainrankError, match="image 'dog' is not listed"):
        br.data(images, triplets=judged().replace({"0": "dog"}))
    with pytest.raises(br.BrainrankError, match="lacks the column odd"):
        br.data(images, triplets=judged().drop(columns="odd"))


def test_measurements_over_time_are_scored_over_time(images: Path, home: Path) -> None:
    times, rng = np.arange(-20.0, 60.0, 20.0), np.random.default_rng(0)
    axes = ("stimuli", "repeats", "targets", "times")
    responses = rng.standard_normal((STIMULI, 2, 5, len(times)))
    rdms = rng.random((3, len(times), STIMULI * (STIMULI - 1) // 2))
    lab = br.data(images, {"eeg": responses}, axes=axes, rdms={"meg": rdms}, times=times, parameters={"draws": 40})
    assert set(lab.benchmarks) == {"my-data.eeg.time-resolved-encoding", "my-data.meg.time-resolved-rsa"}
    for score in br.score("pixels", lab):
        assert score.course is not None
        assert score.course.times_ms.tolist() == times.tolist()
        frame = score.frame("course")
        assert frame.time_ms.tolist() == times.tolist()
        assert np.nanmean(frame.value[frame.time_ms >= 0]) == pytest.approx(score.value)
        assert len(score.frame("layer_courses")) == len(times)
        assert score.plot().get_xlabel().startswith("ms after stimulus onset")
