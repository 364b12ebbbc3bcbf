"""A constant added to features, or a unit they are told in, changes no number: against extended precision."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from cka import debiased_cka, linear_cka
from scipy.linalg import solve

from brainrank.benchmark.activations.budget import plan_rows, waiting_rows
from brainrank.benchmark.activations.gram import gram_of_blocks, layer_gram
from brainrank.benchmark.metrics.rdms.rdm import rdm_from_features, rdm_from_gram
from brainrank.benchmark.metrics.regression.ridge import ridge, ridge_from_gram
from brainrank.benchmark.readouts.fitted import cross_fitted
from brainrank.benchmark.scoring.evidence import Job, layer_grams
from brainrank.benchmark.types.activations import DEFAULT_EXTRACTION, LayerGram
from brainrank.benchmark.types.dissimilarity import Dissimilarity
from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.reporter import Silent
from brainrank.benchmark.types.stimuli import Stimulus, StimulusSet
from brainrank.models_zoo.catalogue import find_model
from brainrank.models_zoo.load import resolve

FEATURES = 700
CHANGES = {
    "plus a thousand": (1000.0, 1.0),
    "plus a million": (1e6, 1.0),
    "minus a million": (-1e6, 1.0),
    "a millionth": (0.0, 1e-6),
    "a million times": (0.0, 1e6),
    "small beside one": (1.0, 1e-3),
}


def drawn(n_stimuli: int) -> np.ndarray:
    rng = np.random.default_rng(n_stimuli)
    spread = rng.uniform(0.3, 2, FEATURES)
    return np.asarray(rng.standard_normal((n_stimuli, FEATURES)) * spread + rng.standard_normal(FEATURES))


def exact_rdms(features: np.ndarray) -> dict[Dissimilarity, np.ndarray]:
    """By each dissimilarity; without repeats crossnobis is the squared euclidean distance."""
    others = (each for each in Dissimilarity if each is not Dissimilarity.CROSSNOBIS)
    found = {each: exact_rdm(features, each) for each in others}
    return found | {Dissimilarity.CROSSNOBIS: found[Dissimilarity.EUCLIDEAN]}


def exact_rdm(features: np.ndarray, dissimilarity: Dissimilarity) -> np.ndarray:
    """The definitions, on rows as they are, in numpy's longest float."""
    x = features.astype(np.longdouble)
    if dissimilarity is Dissimilarity.CORRELATION:
        x = x - x.mean(axis=1, keepdims=True)
    euclidean = dissimilarity is Dissimilarity.EUCLIDEAN
    if not euclidean:
        x = x / np.sqrt((x**2).sum(axis=1, keepdims=True))
    apart = (x[i] - x[i + 1 :] for i in range(len(x)))
    squared = np.concatenate([np.einsum("jf,jf->j", each, each) for each in apart])
    return squared.astype(np.float64) / (FEATURES if euclidean else 2)


def exact_gram(features: np.ndarray) -> np.ndarray:
    x = features.astype(np.longdouble)
    centred = (x - x.mean(axis=0)).astype(np.float64)
    return np.asarray(centred @ centred.T)


def changed(n_stimuli: int, change: str, kind: type[np.floating]) -> np.ndarray:
    x = drawn(n_stimuli)
    if change == "one constant channel":
        x[:, 3] = 1e6
        return x.astype(kind)
    if change == "an offset for each feature":
        return (x + np.random.default_rng(1).uniform(-1e5, 1e5, FEATURES)).astype(kind)
    offset, scale = CHANGES[change]
    return (x * scale + offset).astype(kind)


ALL = (*CHANGES, "one constant channel", "an offset for each feature")


@pytest.mark.parametrize("kind", [np.float32, np.float64])
@pytest.mark.parametrize("n_stimuli", [40, 300])
@pytest.mark.parametrize("change", ALL)
def test_rdms_equal_extended_precision(change: str, n_stimuli: int, kind: type[np.floating]) -> None:
    features = changed(n_stimuli, change, kind)
    layer = layer_gram("layer", features)
    for dissimilarity, expected in exact_rdms(features).items():
        for found in (rdm_from_gram(layer, dissimilarity), rdm_from_features(features, dissimilarity)):
            np.testing.assert_allclose(found, expected, atol=1e-5 * expected.mean(), rtol=1e-5)


@pytest.mark.parametrize("kind", [np.float32, np.float64])
@pytest.mark.parametrize("change", ALL)
def test_gram_and_cka_equal_extended_precision(change: str, kind: type[np.floating]) -> None:
    features, other = changed(300, change, kind), layer_gram("other", drawn(301)[:300]).gram
    found, expected = layer_gram("layer", features).gram, exact_gram(features)
    np.testing.assert_allclose(found, expected, atol=1e-6 * np.abs(expected).max())
    for cka in (linear_cka, debiased_cka):
        assert cka(found, other) == pytest.approx(cka(expected, other), abs=1e-6)
        assert cka(found, found) == pytest.approx(1)


@pytest.mark.parametrize("kind", [np.float32, np.float64])
@pytest.mark.parametrize("change", ALL)
def test_ridge_predicts_as_normal_equations_in_float64(change: str, kind: type[np.floating]) -> None:
    n_stimuli = 300
    features, rng = changed(n_stimuli, change, kind), np.random.default_rng(0)
    signal = drawn(n_stimuli)
    responses = signal @ rng.standard_normal((FEATURES, 3)) / 20 + rng.standard_normal((n_stimuli, 3))
    fold_of = np.arange(n_stimuli) % 5
    gram = exact_gram(features)
    penalties = np.array([np.trace(gram) / n_stimuli])
    expected = np.empty_like(responses)
    for fold in range(5):
        train, test = fold_of != fold, fold_of == fold
        k = gram[np.ix_(train, train)]
        centring = np.eye(len(k)) - 1 / len(k)
        held = (gram[np.ix_(test, train)] - k.mean(axis=0)) @ centring
        y = responses[train]
        expected[test] = held @ solve(centring @ k @ centring + penalties * np.eye(len(k)), y - y.mean(0)) + y.mean(0)
    layer = layer_gram("layer", features)
    for found in (
        ridge_from_gram(layer.gram, responses, fold_of=fold_of, penalties=penalties),
        ridge(features, responses, fold_of=fold_of, penalties=penalties),
    ):
        np.testing.assert_allclose(found.predictions, expected, atol=1e-4)
    few = features[:, :50]
    plain = drawn(n_stimuli)[:, :50]
    if change.startswith(("plus", "minus")) and kind is np.float64:
        moved, still = (ridge(each, responses, fold_of=fold_of).predictions for each in (few, plain))
        np.testing.assert_allclose(moved, still, atol=1e-4)


def test_spilled_features_come_to_the_same(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    features = (rng.standard_normal((300, 70_001)) + 1000).astype(np.float32)
    features[:, 7] = 1e6
    budget = 12 * 300**2 + 300 * 16 * 16_384 + 3 * 10 * 4 * 81_920
    plan = plan_rows({"wide": 70_001}, 300, batch_size=10, memory_bytes=budget)
    with waiting_rows({"wide": 70_001}, 300, plan, folder=tmp_path) as places:
        for start in range(0, 300, 10):
            places["wide"].write(start, features[start : start + 10])
        found = gram_of_blocks("wide", places["wide"].blocks(), 300)
    expected = exact_gram(features)
    np.testing.assert_allclose(found.gram, expected, atol=1e-6 * np.abs(expected).max())


@pytest.mark.parametrize("kind", [np.float64, np.float32, np.float16, np.int32, np.uint8])
def test_recorded_features_are_taken_as_they_were_recorded(kind: type[np.generic], tmp_path: Path) -> None:
    rng, n_stimuli = np.random.default_rng(0), 40
    small = kind is np.float64
    recorded = (rng.standard_normal((n_stimuli, 60)) * 1e-6 + 1e6) if small else rng.integers(0, 200, (n_stimuli, 60))
    recorded = recorded.astype(kind)
    ids = tuple(f"image{number}" for number in range(n_stimuli))
    np.savez(tmp_path / "net.npz", late=recorded, stimulus_ids=ids)
    spec = find_model(f"features:{tmp_path / 'net.npz'}")
    locations = Locations(tmp_path)
    model = resolve(spec, locations, Silent())
    job = Job(spec, model, "", locations, "cpu", DEFAULT_EXTRACTION, Silent())
    stimuli = StimulusSet("shown", tuple(Stimulus(each, tmp_path / each, "0" * 64) for each in ids))
    (found,) = layer_grams(job, stimuli, ["late"]).layers
    expected = exact_gram(recorded)
    np.testing.assert_allclose(found.gram, expected, atol=1e-8 * np.abs(expected).max())


def readout(layer: LayerGram) -> np.ndarray:
    labels, groups = np.arange(60) % 3, np.arange(60) // 2
    found = cross_fitted(layer.gram, labels, categories=("a", "b", "c"), groups=groups, judged_groups=groups[:20])
    return found.probabilities


def test_a_fitted_readout_does_not_change_either() -> None:
    rng = np.random.default_rng(0)
    features = rng.standard_normal((80, 200))
    features[:60] += np.eye(3)[np.arange(60) % 3] @ rng.standard_normal((3, 200))
    expected = readout(layer_gram("layer", features))
    np.testing.assert_allclose(readout(layer_gram("layer", features + 1e4)), expected, atol=1e-6)
    uncentred = replace(layer_gram("layer", features), given_gram=features @ features.T)
    np.testing.assert_allclose(readout(uncentred), expected, atol=1e-6)
