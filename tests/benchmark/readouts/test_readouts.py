"""Readouts against their definitions, and the category sets against docs/conventions.md#readouts."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.special import softmax
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.model_selection import GroupKFold

from brainrank.benchmark.readouts.entry_level import entry_level_probabilities, imagenet_indices
from brainrank.benchmark.readouts.fitted import INVERSE_PENALTIES, FittedReadout, cross_fitted, gram_coordinates
from brainrank.benchmark.readouts.zero_shot import TEMPLATES, prompts, zero_shot_probabilities
from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.benchmark.types.trials import most_probable

COUNTS = {
    "airplane": 1,
    "bear": 4,
    "bicycle": 2,
    "bird": 49,
    "boat": 5,
    "bottle": 7,
    "car": 3,
    "cat": 6,
    "chair": 4,
    "clock": 3,
    "dog": 109,
    "elephant": 2,
    "keyboard": 2,
    "knife": 1,
    "oven": 1,
    "truck": 8,
}


def test_the_categories_have_the_numbers_of_classes_the_conventions_state() -> None:
    assert {category: len(indices) for category, indices in imagenet_indices().items()} == COUNTS
    together = [index for indices in imagenet_indices().values() for index in indices]
    assert len(set(together)) == len(together) == 207
    assert list(imagenet_indices()) == sorted(COUNTS)


def test_classes_and_their_wordnet_ids_are_those_of_imagenet() -> None:
    """Timm's own table of ImageNet is the oracle for ids; animals are told by WordNet's noun offsets."""
    from timm.data import ImageNetInfo

    imagenet = ImageNetInfo("imagenet-1k")
    assert imagenet.index_to_label_name(imagenet_indices()["elephant"][0]) == "n02504013"
    dogs = [imagenet.index_to_label_name(index) for index in imagenet_indices()["dog"]]
    assert all("n02084" < dog < "n02114" for dog in dogs)


def test_the_choice_is_the_highest_mean_probability() -> None:
    logits = np.random.default_rng(0).normal(scale=3, size=(40, 1000))
    expected = softmax(logits, axis=1)
    table = np.array([[row[list(indices)].mean() for indices in imagenet_indices().values()] for row in expected])
    np.testing.assert_allclose(entry_level_probabilities(logits), table, rtol=1e-10)
    np.testing.assert_array_equal(entry_level_probabilities(logits).argmax(axis=1), table.argmax(axis=1))


def test_each_class_alone_is_read_as_its_category() -> None:
    for place, indices in enumerate(imagenet_indices().values()):
        logits = np.zeros((len(indices), 1000))
        logits[np.arange(len(indices)), indices] = 30
        assert (entry_level_probabilities(logits).argmax(axis=1) == place).all()


def test_logits_are_shifted_safely_and_broken_ones_named() -> None:
    huge = np.full((1, 1000), 1e4)
    assert np.isfinite(entry_level_probabilities(huge)).all()
    broken = np.zeros((3, 1000))
    broken[1] = np.nan
    with pytest.raises(InvalidDataError, match="NaN for stimulus two"):
        most_probable(("one", "two", "three"), tuple(imagenet_indices()), entry_level_probabilities(broken))
    with pytest.raises(InvalidDataError, match="puts out 21841 classes"):
        entry_level_probabilities(np.zeros((2, 21841)))


def test_prompts_are_english() -> None:
    airplane, bear = prompts(["airplane", "bear"])
    assert airplane[0] == "a photo of an airplane."
    assert bear[0] == "a photo of a bear."
    assert len(bear) == len(TEMPLATES)


def test_zero_shot_is_a_softmax_over_cosines() -> None:
    rng = np.random.default_rng(1)
    images, sentences = rng.standard_normal((5, 8)), rng.standard_normal((3, 4, 8))
    means = (sentences / np.linalg.norm(sentences, axis=2, keepdims=True)).mean(axis=1)
    cosines = (images @ means.T) / np.outer(np.linalg.norm(images, axis=1), np.linalg.norm(means, axis=1))
    found = zero_shot_probabilities(images, sentences, scale=100.0)
    np.testing.assert_allclose(found, softmax(100 * cosines, axis=1), atol=1e-12)
    with pytest.raises(InvalidDataError, match="length zero"):
        zero_shot_probabilities(np.zeros((1, 8)), sentences, scale=1.0)


def judged(
    features: NDArray[np.float64],
    labels: NDArray[np.int64],
    groups: NDArray[Any],
    fresh: NDArray[np.float64],
    fresh_groups: NDArray[Any],
) -> FittedReadout:
    everything = np.vstack([features, fresh])
    gram = everything @ everything.T
    return cross_fitted(gram, labels, categories=("a", "b", "c", "d"), groups=groups, judged_groups=fresh_groups)


def test_a_fitted_readout_learns_what_can_be_learned_and_nothing_from_noise() -> None:
    rng = np.random.default_rng(2)
    labels, groups = np.repeat(np.arange(4), 30), np.arange(120) // 2
    centres = 2.0 * rng.standard_normal((4, 20))
    fresh, unseen = centres + 0.1 * rng.standard_normal((4, 20)), 1000 + np.arange(4)
    learned = judged(centres[labels] + rng.standard_normal((120, 20)), labels, groups, fresh, unseen)
    np.testing.assert_array_equal(learned.probabilities.argmax(axis=1), np.arange(4))
    np.testing.assert_allclose(learned.probabilities.sum(axis=1), 1)
    noise = judged(rng.standard_normal((120, 20)), labels, groups, fresh, unseen)
    assert noise.accuracy < 0.45 < 0.9 < learned.accuracy


def test_an_image_is_never_judged_by_a_fit_that_saw_its_photograph() -> None:
    """Features that only tell photographs apart: judging by a fit that saw them would seem to generalise."""
    rng = np.random.default_rng(3)
    identity = rng.standard_normal((24, 30))
    features = np.repeat(identity, 5, axis=0) + 0.01 * rng.standard_normal((120, 30))
    category = rng.permutation(np.repeat(np.arange(4), 6))
    groups = np.repeat(np.arange(24), 5)
    found = judged(features, np.repeat(category, 5), groups, identity, np.arange(24))
    assert found.accuracy < 0.6
    assert (found.probabilities.argmax(axis=1) == category).mean() < 0.6


def test_the_gram_matrix_is_all_a_fit_needs() -> None:
    """The same probabilities as scikit-learn's fit to the features themselves, centred and scaled by one number."""
    rng = np.random.default_rng(4)
    features, fresh = rng.standard_normal((60, 200)) + 3.0, rng.standard_normal((7, 200)) + 3.0
    labels = np.repeat(np.arange(3), 20)
    everything = np.vstack([features, fresh])
    gram = everything @ everything.T
    training, others = gram_coordinates(gram[:60, :60], gram[60:, :60])
    mean = features.mean(axis=0)
    scale = np.sqrt(((features - mean) ** 2).sum(axis=1).mean())
    direct = LogisticRegression(C=0.1, max_iter=5000, tol=1e-8).fit((features - mean) / scale, labels)
    rotated = LogisticRegression(C=0.1, max_iter=5000, tol=1e-8).fit(training, labels)
    np.testing.assert_allclose(rotated.predict_proba(others), direct.predict_proba((fresh - mean) / scale), atol=1e-5)


def test_the_penalty_is_that_of_least_log_loss_over_folds() -> None:
    """Cold fits at every penalty are the oracle of warm ones that stop at the first rise."""
    rng = np.random.default_rng(5)
    labels, groups = np.repeat(np.arange(4), 30), np.arange(120)
    features = 0.5 * rng.standard_normal((4, 40))[labels] + rng.standard_normal((120, 40))
    fresh = rng.standard_normal((9, 40))
    found = judged(features, labels, groups, fresh, 1000 + np.arange(9))
    everything = np.vstack([features, fresh])
    training, others = gram_coordinates(
        (everything @ everything.T)[:120, :120], (everything @ everything.T)[120:, :120]
    )
    losses, right = [], []
    for penalty in INVERSE_PENALTIES:
        probabilities = np.zeros((120, 4))
        for fitting, testing in GroupKFold(5).split(labels, groups=groups):
            fit = LogisticRegression(C=penalty, max_iter=5000).fit(training[fitting], labels[fitting])
            probabilities[testing] = fit.predict_proba(training[testing])
        losses.append(log_loss(labels, probabilities))
        right.append((probabilities.argmax(axis=1) == labels).mean())
    least = int(np.argmin(losses))
    assert 0 < least < len(INVERSE_PENALTIES) - 1
    direct = LogisticRegression(C=INVERSE_PENALTIES[least], max_iter=5000).fit(training, labels)
    np.testing.assert_allclose(found.probabilities, direct.predict_proba(others), atol=1e-3)
    assert found.accuracy == pytest.approx(right[least], abs=0.01)


def test_missing_categories_and_too_few_groups_are_said() -> None:
    gram, labels = np.eye(10), np.zeros(10, dtype=np.int64)
    with pytest.raises(InvalidDataError, match="No training image shows b"):
        cross_fitted(gram, labels, categories=("a", "b"), groups=np.arange(10), judged_groups=np.arange(0))
    with pytest.raises(InvalidDataError, match="2 groups of training images for 5 folds"):
        cross_fitted(gram, labels, categories=("a",), groups=np.arange(10) // 5, judged_groups=np.arange(0))
