"""`br.partition`: arrays, features, models and networks; aligned by ids, refused with the way, and shown."""

from collections.abc import Callable
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from torch import nn

import brainrank as br

mpl.use("agg")
N, TARGETS = 36, 3
AXES = ("stimuli", "repeats", "targets")


@pytest.fixture
def a() -> np.ndarray:
    return np.random.default_rng(0).standard_normal((N, 5))


@pytest.fixture
def b(a: np.ndarray) -> np.ndarray:
    return np.hstack([a[:, :2], np.random.default_rng(1).standard_normal((N, 6))])


@pytest.fixture
def y(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    rng = np.random.default_rng(2)
    signal = a @ rng.standard_normal((5, TARGETS)) + b @ rng.standard_normal((8, TARGETS))
    return np.asarray(signal[:, None] + rng.standard_normal((N, 3, TARGETS)))


@pytest.fixture
def images() -> dict[str, np.ndarray]:
    pixels = np.random.default_rng(3).integers(0, 256, (N, 16, 16, 3), dtype=np.uint8)
    return {f"im{number}": each for number, each in enumerate(pixels)}


def partition(spaces: dict[str, object], responses: object, **options: object) -> br.PartitionResult:
    return br.partition(spaces, responses, folds=3, draws=60, progress=False, **options)  # type: ignore[arg-type]


def test_the_parts_of_each_target_add_up(a: np.ndarray, b: np.ndarray, y: np.ndarray) -> None:
    found = partition({"one": a, "two": b, "three": a[:, :1]}, y, axes=AXES)
    targets = found.targets().set_index(["target", "quantity", "spaces"])["value"]
    for target in ("0", "1", "2"):
        of_target = targets[target]
        parts = of_target["unique"].sum() + of_target["shared"].sum()
        assert parts == pytest.approx(of_target["r2", "one + two + three"])
        two = of_target["unique"]["two"]
        assert two == pytest.approx(of_target["r2", "one + two + three"] - of_target["r2", "one + three"])
    rows = found.frame().set_index(["quantity", "spaces"])
    assert set(found.unique) == {"one", "two", "three"}
    assert set(found.shared) == {("one", "two"), ("one", "three"), ("two", "three"), ("one", "two", "three")}
    assert len(found.r2) == 7
    assert rows.loc[("unique", "two"), "value"] == found.unique["two"].value
    assert rows.loc[("unique", "two"), "low"] == found.unique["two"].interval.low
    assert found.unique["two"].interval.low <= found.unique["two"].value <= found.unique["two"].interval.high
    assert 0 < found.ceiling.value < 1
    assert found.layers["one"] == ("one",) * 3


def test_rows_are_brought_into_one_order_by_their_names(a: np.ndarray, b: np.ndarray, y: np.ndarray) -> None:
    ids, mean = [f"im{k}" for k in range(N)], y.mean(axis=1)
    turned = np.random.default_rng(4).permutation(N)
    plain = partition({"a": a, "b": b}, mean).frame()
    frame = pd.DataFrame(b, index=ids).iloc[turned]
    measured = pd.DataFrame(mean, index=ids, columns=list("xyz")).iloc[turned[::-1]]
    named = partition({"a": pd.DataFrame(a, index=ids), "b": frame}, measured).frame()
    pd.testing.assert_frame_equal(named, plain)


def test_copies_of_a_stimulus_are_held_out_together(a: np.ndarray, b: np.ndarray, y: np.ndarray) -> None:
    copies = np.arange(N) // 2
    by_rows = partition({"a": a[copies], "b": b[copies]}, y, axes=AXES)
    told = partition({"a": a[copies], "b": b[copies]}, y, axes=AXES, groups=copies)
    pd.testing.assert_frame_equal(by_rows.frame(), told.frame())
    fold_of = by_rows._found.fold_of
    assert (fold_of[::2] == fold_of[1::2]).all()
    assert by_rows._found.n_units == N // 2


def test_models_networks_features_and_arrays_are_spaces(
    home: Path, images: dict[str, np.ndarray], y: np.ndarray, b: np.ndarray
) -> None:
    lab = br.data(images, responses=y, axes=AXES, name="lab")
    net = nn.Sequential(nn.Conv2d(3, 4, 5), nn.ReLU())
    prepared = {"size": (16, 16)}
    live = partition({"net": net, "noise": b}, lab, layers={"net": ["0", "1"]}, preprocess=prepared)
    assert set(live.layers["net"]) <= {"0", "1"}
    features = br.features(net, images, layers=["0", "1"], pooling="flatten", preprocess=prepared, progress=False)
    recorded = partition({"net": features, "noise": b}, lab)
    np.testing.assert_allclose(live.frame()["value"], recorded.frame()["value"], atol=1e-5)
    # another network of that name is another space, and the layer named is the only one
    other = nn.Sequential(nn.Conv2d(3, 4, 5), nn.ReLU())
    both = partition({"net": net, "other": other, "pixels": "pixels"}, lab, layers={"net": "1"}, preprocess=prepared)
    assert both.layers["net"] == ("1",) * 3
    assert both.r2[("net",)] != both.r2[("other",)]
    only = partition({"net": features, "noise": b}, lab, layers={"net": "1"})
    np.testing.assert_allclose(both.r2[("net",)].value, only.r2[("net",)].value, atol=1e-5)


def test_the_layers_are_those_that_the_encoding_score_has(
    home: Path, images: dict[str, np.ndarray], y: np.ndarray, b: np.ndarray
) -> None:
    lab = br.data(images, responses=y, axes=AXES, name="lab", parameters={"folds": 3})
    score = br.score("gabor", lab, progress=False)
    found = partition({"gabor": "gabor", "noise": b}, lab)
    assert set(found.layers["gabor"]) == set(score[0].layers)


REFUSED: dict[str, tuple[Callable[[np.ndarray, np.ndarray, br.OwnData], object], str]] = {
    "one": (lambda a, y, lab: partition({"a": a}, y), "1 feature spaces .a.; .* among 2 or 3"),
    "four": (lambda a, y, lab: partition(dict.fromkeys("abcd", a), y), "4 feature spaces"),
    "no names": (lambda a, y, lab: partition([a, a], y), "spaces is list; give names"),  # type: ignore[arg-type]
    "model of an array": (lambda a, y, lab: partition({"a": a, "b": "gabor"}, y), "b is a model, .* has no images"),
    "layers of an array": (lambda a, y, lab: partition({"a": a, "b": a}, y, layers={"a": "x"}), "a is no space that"),
    "layers of arrays": (lambda a, y, lab: partition({"a": a, "b": a}, y, layers="x"), "arrays have one layer each"),
    "preprocess": (lambda a, y, lab: partition({"a": a, "b": a}, y, preprocess={}), "no space is one; leave"),
    "groups": (
        lambda a, y, lab: partition({"a": a, "b": a}, lab, groups=[1] * N),
        "groups: the data .* have their own",
    ),
    "pooling": (lambda a, y, lab: partition({"a": a, "b": a}, y, pooling="mean"), "pooling: of an array there are no"),
    "stimuli": (lambda a, y, lab: partition({"a": a, "b": a[1:]}, y), "b has 35 stimuli; there are 36"),
    "ids": (
        lambda a, y, lab: partition({"a": a, "b": pd.DataFrame(a, index=[f"x{k}" for k in range(N)])}, lab),
        "b has no features of 36 of the 36 stimuli, as im0.*it names x0",
    ),
    "rdms": (
        lambda a, y, lab: partition({"a": a, "b": a}, br.data(_pictures(), rdms=np.ones((1, 630)), name="r")),
        "is of rdms; variance is partitioned of responses",
    ),
    "regions": (
        lambda a, y, lab: partition({"a": a, "b": a}, br.data(_pictures(), responses={"v": y, "w": y})),
        "2 regions are meant .*give the benchmark of one",
    ),
    "folds": (
        lambda a, y, lab: br.partition({"a": a, "b": a}, y, folds=2, progress=False),
        "2 folds are too few",
    ),
    "draws": (lambda a, y, lab: br.partition({"a": a, "b": a}, y, draws=3, progress=False), "at least 40"),
}


def _pictures() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (N, 8, 8, 3), dtype=np.uint8)


@pytest.mark.parametrize("case", REFUSED)
def test_what_does_not_fit_is_refused_with_the_way(
    home: Path, case: str, a: np.ndarray, y: np.ndarray, images: dict[str, np.ndarray]
) -> None:
    call, message = REFUSED[case]
    lab = br.data(images, responses=y, axes=AXES, name="lab")
    with pytest.raises(br.BrainrankError, match=message):
        call(a, y.mean(axis=1), lab)


def test_a_result_shows_itself(a: np.ndarray, b: np.ndarray, y: np.ndarray) -> None:
    found = partition({"lang<uage": a, "images": b}, y.mean(axis=1))
    assert repr(found).startswith("<PartitionResult: unique to lang<uage ")
    assert "R2 of lang<uage + images" in repr(found)
    html = found._repr_html_()
    assert "unique to lang&lt;uage" in html
    assert "one averaged over repeats" in html
    assert np.isnan(found.ceiling.value)
    ceiling = found.frame().set_index("quantity").loc["ceiling"]
    assert "averaged" in ceiling["reason"]
    drawn = found.plot()
    assert isinstance(drawn, Axes)
    assert drawn.get_yticklabels()[0].get_text() == "unique to lang<uage"
    assert len(drawn.get_yticks()) == 6  # no ceiling


def test_a_constant_target_is_told_and_left_out(a: np.ndarray, b: np.ndarray, y: np.ndarray) -> None:
    y[:, :, 1] = 4.0
    found = partition({"a": a, "b": b}, y, axes=AXES)
    of_target = found.targets().set_index("target").loc["1"]
    assert of_target["value"].isna().all()
    assert (of_target[of_target["quantity"] != "ceiling"]["reason"] != "").all()
    assert np.isfinite(found.unique["a"].value)
