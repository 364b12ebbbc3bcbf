"""`brainrank.rsa`, `encode`, `error_consistency`: the same numbers as `brainrank analyse`, on arrays and frames."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
import xarray
from matplotlib.axes import Axes
from typer.testing import CliRunner

import brainrank as br
from brainrank.api.cli.main import app

mpl.use("agg")
N = 24


@pytest.fixture
def x() -> np.ndarray:
    return np.random.default_rng(0).standard_normal((N, 30))


@pytest.fixture
def rdms() -> np.ndarray:
    return np.random.default_rng(1).random((4, N * (N - 1) // 2))


@pytest.fixture
def y(x: np.ndarray) -> np.ndarray:
    rng = np.random.default_rng(2)
    return (x @ rng.standard_normal((30, 5)))[:, None] + 4 * rng.standard_normal((N, 3, 5))


@pytest.fixture
def trials() -> pd.DataFrame:
    rng = np.random.default_rng(3)
    rows = [
        (who, f"im{k}", "cat" if k % 2 else "dog", rng.choice(["cat", "dog"]))
        for who in ("ann", "bob", "resnet")
        for k in range(40)
    ]
    return pd.DataFrame(rows, columns=["observer", "stimulus_id", "category", "response"])


def commanded(*words: str) -> dict[str, Any]:
    result = CliRunner().invoke(app, ["analyse", *words, "--json"])
    assert result.exit_code == 0, result.stderr
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def test_rsa_is_the_command(tmp_path: Path, x: np.ndarray, rdms: np.ndarray) -> None:
    np.save(tmp_path / "x.npy", x)
    np.savez(tmp_path / "rdms.npz", rdms=rdms)
    told = commanded("rsa", "--features", f"{tmp_path}/x.npy", "--rdms", f"{tmp_path}/rdms.npz", "--draws", "50")
    found = br.rsa(x, rdms, draws=50)
    assert (found.value, found.interval.low, found.interval.high) == (
        told["mean"],
        told["interval"]["low"],
        told["interval"]["high"],
    )
    assert found.frame()["value"].tolist() == list(told["per_subject"].values())
    assert (found.ceiling.lower, found.unit) == (told["ceiling"]["lower"], "rho-a")


def test_encoding_is_the_command(tmp_path: Path, x: np.ndarray, y: np.ndarray) -> None:
    np.save(tmp_path / "x.npy", x)
    np.save(tmp_path / "y.npy", y)
    given = ("--features", f"{tmp_path}/x.npy", "--responses", f"{tmp_path}/y.npy", "--axes", "stimuli,repeats,targets")
    told = commanded("encoding", *given, "--draws", "50")
    found = br.encode(x, y, axes=("stimuli", "repeats", "targets"), draws=50)
    assert (found.value, found.interval.low) == (told["median_r"], told["interval"]["low"])
    assert found.frame()["r"].tolist() == told["r"]
    assert found.frame()["explainable_variance"].tolist() == told["explainable_variance"]
    assert 0 < found.ceiling.lower == told["ceiling"]["lower"] < 1


def test_error_consistency_is_the_command(tmp_path: Path, trials: pd.DataFrame) -> None:
    trials.to_csv(tmp_path / "trials.csv", index=False)
    told = commanded("error-consistency", f"{tmp_path}/trials.csv", "--models", "res*", "--draws", "50")
    found = br.error_consistency(trials, models="res*", draws=50)
    groups = {each["among"]: each for each in told["groups"]}
    assert found.value == groups["model with people"]["kappa"]
    assert found.ceiling.lower == groups["people"]["kappa"]
    assert found.frame()["kappa"].tolist() == [each["kappa"] for each in told["pairs"]]
    assert found.observers()["model"].tolist() == [False, False, True]
    assert set(found.groups()["among"]) == set(groups)


def test_stimuli_are_brought_into_one_order_by_their_names(x: np.ndarray, y: np.ndarray, rdms: np.ndarray) -> None:
    ids = [f"im{k}" for k in range(N)]
    turned = np.random.default_rng(4).permutation(N)
    mean = y.mean(axis=1)
    frame, named = pd.DataFrame(x, index=ids), pd.DataFrame(mean, index=ids, columns=list("abcde"))
    plain = br.encode(x, mean, draws=40).value
    assert br.encode(frame, named.iloc[turned], draws=40).value == plain
    coordinates = {"stimuli": np.array(ids)[turned]}
    labelled = xarray.DataArray(mean[turned], dims=("stimuli", "targets"), coords=coordinates)
    assert br.encode(frame, labelled, draws=40).value == plain
    first, second = np.triu_indices(N, k=1)
    square = np.zeros((4, N, N))
    square[:, first, second] = square[:, second, first] = rdms
    of_turned = {"rdms": square[:, turned][:, :, turned], "stimulus_ids": np.array(ids)[turned]}
    assert br.rsa(frame, of_turned, draws=40).value == pytest.approx(br.rsa(x, rdms, draws=40).value, abs=1e-12)
    with pytest.raises(br.BrainrankError, match="of other stimuli: im0 is in one of them only"):
        br.rsa(frame.iloc[1:], {"rdms": square, "stimulus_ids": ids}, draws=40)
    with pytest.raises(br.BrainrankError, match="are no stimulus_id"):
        br.encode(frame, named.rename(index={"im3": "im99"}), draws=40)


REFUSED: dict[str, tuple[Callable[[np.ndarray, np.ndarray], object], str]] = {
    "missing": (lambda x, y: br.encode(x, np.where(y > 5, np.nan, y)[:, 0]), "NaN or infinite values"),
    "axes": (lambda x, y: br.encode(x, y), 'say which: axes=."stimuli", "repeats", "targets".'),
    "words": (lambda x, y: br.encode(x.astype(str), y[:, 0]), "give an array of numbers"),
    "groups": (lambda x, y: br.encode(x, y[:, 0], groups=[1, 2]), "groups has 2 entries for 24 stimuli"),
    "draws": (lambda x, y: br.encode(x, y[:, 0], draws=3), "draws: 3; it must be at least 40"),
    "half a draw": (lambda x, y: br.rsa(x, np.ones((2, 276)), draws=40.5), "draws: 40.5; it must be a whole number"),
    "seed": (lambda x, y: br.encode(x, y[:, 0], seed=-1), "seed: -1; it must be at least 0"),
    "seed of rsa": (lambda x, y: br.rsa(x, np.ones((2, 276)), seed=-1), "seed: -1; it must"),
    "shared": (lambda x, y: br.error_consistency(pd.DataFrame(), minimum_shared=1), "minimum_shared: 1; .* at least 2"),
    "comparator": (lambda x, y: br.rsa(x, y.T[0], comparator="spearmann"), "did you mean spearman"),
    "shape": (lambda x, y: br.rsa(x, np.ones((2, 7))), "rdms has shape .2, 7."),
    "stimuli": (lambda x, y: br.rsa(x, np.ones((2, 3))), "features has 24 stimuli and rdms has 3"),
    "table": (lambda x, y: br.error_consistency(pd.DataFrame({"who": [1]})), 'columns={"observer": "COLUMN"}'),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_does_not_fit_is_refused_with_the_way(case: str, x: np.ndarray, y: np.ndarray) -> None:
    call, message = REFUSED[case]
    with pytest.raises(br.BrainrankError, match=message):
        call(x, y)


def test_results_show_themselves(x: np.ndarray, y: np.ndarray, rdms: np.ndarray, trials: pd.DataFrame) -> None:
    for found in (
        br.rsa(x, rdms, draws=40),
        br.encode(x, y.mean(axis=1), draws=40),
        br.error_consistency(trials, draws=40),
    ):
        assert "95 % interval" in found._repr_html_()
        assert repr(found).startswith(f"<{type(found).__name__}: {found.unit} ")
        assert isinstance(found.plot(), Axes)
    assert "averages" in repr(br.encode(x, y.mean(axis=1), draws=40)) or "averaged" in repr(
        br.encode(x, y.mean(axis=1), draws=40)
    )
